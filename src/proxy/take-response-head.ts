import { BARE_LF, findHeadEnd, INCOMPLETE } from "../http1/head-end.ts";
import { parseResponseHead, type ResponseHead } from "../http1/response-head.ts";

/** The bounds of an upstream's head. */
export interface ResponseHeadLimits {
  /** Octets. */
  readonly headSize: number;
  readonly headFields: number;
}

/**
 * Takes a response head out of what the upstream has sent from `start` up to `end`.
 *
 * @param method the request's
 * @returns undefined while the head is not complete
 */
export function takeResponseHead(
  bytes: Buffer,
  start: number,
  end: number,
  method: string,
  { headSize, headFields }: ResponseHeadLimits,
): ResponseHead | "malformed" | undefined {
  const headEnd = findHeadEnd(bytes, start, end);
  if (headEnd === BARE_LF || (headEnd === INCOMPLETE ? end : headEnd) - start > headSize) return "malformed";
  if (headEnd === INCOMPLETE) return undefined;
  return parseResponseHead(bytes.toString("latin1", start, headEnd), method, headFields) ?? "malformed";
}
