/** What can be asked of a running edge, and how the question and its answer are written: a line of JSON each, on one connection. */
import type { Problem } from "../errors.ts";
import { plainVerb } from "./verb.ts";

/** Octets of a request's line. */
export const REQUEST_SIZE = 65_536;
/** Octets of an answer's line. The longest, a page of sessions, has 300 KB. */
export const ANSWER_SIZE = 4_194_304;

/** A request's line. */
export interface Asking {
  readonly verb: string;
  readonly request: unknown;
}

/** An answer's line. */
export type Answering = { readonly answer: unknown } | { readonly problems: readonly Problem[] };

/** The process that holds a state directory. */
export interface Holder {
  /** As the process itself sees it: in a container another number than outside. */
  readonly pid: number;
  /** Tells one PID namespace from another (`pid:[4026531836]`); undefined where the system has none. */
  readonly pidNamespace: string | undefined;
  readonly hostname: string;
  readonly version: string;
  /** When the process started: ISO 8601, UTC. */
  readonly since: string;
}

export const HOLDER = plainVerb<Holder>("holder");
