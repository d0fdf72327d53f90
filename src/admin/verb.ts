import type { Read } from "../config/read.ts";

declare const ANSWER: unique symbol;

/**
 * One thing that can be asked of a running edge, as both ends know it. To add one: a verb, `admin.serve(VERB, …)` where the edge is put
 * together, and a command that asks for it.
 */
export interface Verb<Request, Answer> {
  /** As it is written on the socket: `status`, `sessions.end`. */
  readonly name: string;
  /** Reads a request as it came from the socket, which may be anything. */
  readonly read: (request: Readonly<Record<string, unknown>>) => Read<Request>;
  readonly [ANSWER]?: Answer;
}

/** A verb that is asked for without further words. */
export function plainVerb<Answer>(name: string): Verb<Nothing, Answer> {
  return { name, read: () => ({ value: {} }) };
}

export type Nothing = Readonly<Record<string, never>>;
