import type { ErrorCode } from "../../../src/errors.ts";
import type { Framing, RequestHead } from "../../../src/exchange.ts";

/** One request as a reader understood it. */
export interface ReadRequest {
  readonly method: string;
  /** As the reader reports it: node:http does not reduce an absolute-form target. */
  readonly target: string;
  readonly minor: number;
  readonly host: string | undefined;
  readonly persistent: boolean;
  /** Name, value, name, value …, as sent. */
  readonly fields: readonly string[];
  readonly body: Buffer;
  readonly complete: boolean;
}

/** A request that our grammar accepted. */
export interface OurRequest extends ReadRequest {
  readonly head: RequestHead;
}

/** How our reading of a stream ended: between two messages, within one, at a request after which we read no more, or by a refusal. */
export type Ending = "between" | "within" | "last" | ErrorCode;

export interface OurReading {
  readonly requests: readonly OurRequest[];
  readonly ending: Ending;
}

/** Any other reader's understanding of the same stream. */
export interface PeerReading {
  readonly requests: readonly ReadRequest[];
  /** The peer's error code; undefined when it would have read on. */
  readonly error: string | undefined;
}

/** The parts of our grammar, exchangeable so that a test can put a careless one in. */
export interface RequestReader {
  findHeadEnd(bytes: Uint8Array, start: number, end: number): number;
  parseRequestHead(text: string, grammar: { readonly scheme: "http" | "https"; readonly fields: number }): RequestHead | ErrorCode;
  bodyReader(framing: Framing): {
    readonly complete: boolean;
    read(bytes: Uint8Array, start: number, end: number, sink: (bytes: Uint8Array, start: number, end: number) => void): number;
  };
}
