/** What the load generator's process and its parent say to one another. */

/** The server under load, and whom its certificate must name. */
export interface Target {
  readonly port: number;
  readonly domain: string;
  /** PEM of the certificate that must be presented: a competitor that shows another one is not measured. */
  readonly certificate: string;
}

export type LoadPlan =
  /** One request in flight on each connection, the next one as soon as the answer has ended. */
  | {
      readonly kind: "requests";
      readonly connections: number;
      readonly path: string;
      /** Octets of the body that must come. */
      readonly length: number;
      readonly authorization: string;
    }
  /** A new connection with a full handshake for each request. */
  | {
      readonly kind: "handshakes";
      /** What the client offers to agree on keys with (RFC 8446 §4.2.7), as OpenSSL writes it. */
      readonly groups: string;
      readonly concurrency: number;
      readonly path: string;
      readonly length: number;
      readonly authorization: string;
    }
  /** One message in flight on each connection; `size` octets go out and come back. */
  | { readonly kind: "websockets"; readonly connections: number; readonly size: number; readonly authorization: string }
  /** WebSockets that are open and say nothing. */
  | { readonly kind: "idle-websockets"; readonly connections: number; readonly authorization: string }
  /** Wrong passwords, each another one, at a steady rate from several client addresses. */
  | {
      readonly kind: "flood";
      readonly perSecond: number;
      readonly connections: number;
      readonly addresses: readonly string[];
      /** Whose passwords are guessed, in turns; `*` is somebody else every time. */
      readonly names: readonly string[];
      readonly path: string;
    }
  /** One request on a new connection from an address of its own, asked again as Retry-After says, until it is answered 200. */
  | {
      readonly kind: "sign-in";
      readonly address: string;
      readonly path: string;
      readonly authorization: string;
      /** A whole Cookie pair. */
      readonly cookie?: string | undefined;
    };

export interface LoadResult {
  /** Requests, handshakes, messages: what was asked and answered rightly in full. */
  readonly units: number;
  /** Octets of bodies or messages that came. */
  readonly octets: number;
  /** Milliseconds from the first request to the last answer. */
  readonly elapsed: number;
  /** Microseconds from asking to the end of the answer. NaN where nothing was answered. */
  readonly p50: number;
  readonly p99: number;
  /** How often each status came. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** A load whose connections stand. `run` may be called again and again. */
export interface Load {
  /**
   * Loads the server for so many milliseconds, and at least once; returns when every answer has ended.
   * @throws {Error} where an answer was wrong or a connection broke: no figure comes from such a run.
   */
  run(milliseconds: number): Promise<LoadResult>;
  close(): void;
}

export type Command =
  | { readonly id: number; readonly name: "prepare"; readonly target: Target; readonly plan: LoadPlan }
  | { readonly id: number; readonly name: "run"; readonly milliseconds: number }
  | { readonly id: number; readonly name: "close" };

export type Reply =
  | { readonly id: number; readonly ok: true; readonly result?: LoadResult }
  | { readonly id: number; readonly ok: false; readonly message: string };
