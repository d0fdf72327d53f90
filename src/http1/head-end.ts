import { CR, LF } from "./grammar.ts";

/** The head is not complete yet. */
export const INCOMPLETE = -1;
/** A line ends in LF without CR. Told at once: somebody who sends bare LF would otherwise wait for an answer until a time-out. */
export const BARE_LF = -2;

/**
 * Finds where a head ends: the offset behind its empty line, or INCOMPLETE, or BARE_LF.
 * An empty line at the very start is not a head's end; the caller skips it (RFC 9112 §2.2).
 */
export function findHeadEnd(bytes: Uint8Array, start: number, end: number): number {
  let lineStart = start;
  for (let index = start; index < end; index++) {
    if (bytes[index] !== LF) continue;
    if (index === start || bytes[index - 1] !== CR) return BARE_LF;
    if (index - 1 === lineStart && lineStart > start) return index + 1;
    lineStart = index + 1;
  }
  return INCOMPLETE;
}
