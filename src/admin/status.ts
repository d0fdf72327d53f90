import type { Problem } from "../errors.ts";
import type { Holder } from "./contract.ts";
import { plainVerb } from "./verb.ts";

/** What a running edge says of itself. */
export interface Status {
  readonly process: Holder & {
    readonly node: string;
    /** Seconds. */
    readonly uptime: number;
    /** Octets. */
    readonly memory: { readonly rss: number; readonly heapUsed: number };
  };
  readonly state: string;
  readonly names: readonly string[];
  readonly listening: { readonly https: readonly string[]; readonly http: readonly string[] };
  /** Those that there are; a name that has none yet is left out. */
  readonly certificates: readonly CertificateStatus[];
  /** One line: where they are from. */
  readonly certificateSource: string;
  /** Path of the local CA that clients have to trust, where there is one. */
  readonly authority?: string;
  readonly users: { readonly file: string; readonly count: number };
  /** How many browsers are signed in, connected at this moment or not. */
  readonly browsers: number;
  readonly connections: ConnectionCounts;
  readonly gateway: GatewayStatus;
  readonly throttle: ThrottleStatus;
  /** What the operator should know or mend; the last reload's problems are among them. */
  readonly notices: readonly Problem[];
}

export interface CertificateStatus {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly expires: string;
}

export interface ConnectionCounts {
  readonly open: number;
  readonly limit: number;
  readonly websockets: number;
  readonly requests: number;
  /** Between two requests. */
  readonly idle: number;
  /** Have said nothing yet, or are in their handshake. */
  readonly silent: number;
}

export interface GatewayStatus {
  readonly target: string;
  readonly state: "ready" | "starting" | "down";
  /** What it answered, or why it could not be asked. */
  readonly detail: string;
  /** Milliseconds that the answer took. */
  readonly milliseconds: number;
}

/** Who is made to wait after wrong passwords, at this moment. */
export interface ThrottleStatus {
  /** Clients: IPv4 addresses, and IPv6 networks of 64 and 48 bits. */
  readonly clients: number;
  readonly names: number;
  /** Browsers that were signed in before. */
  readonly devices: number;
}

export const STATUS = plainVerb<Status>("status");
