import type { ErrorCode } from "../errors.ts";
import type { RequestHead } from "../exchange.ts";
import { BARE_LF, findHeadEnd, INCOMPLETE } from "../http1/head-end.ts";
import { parseRequestHead, type RequestGrammar } from "../http1/request-head.ts";

/**
 * Takes the first request head out of what a client has sent.
 *
 * @param most octets of a head
 * @returns the head and what stands behind it, the code of what is wrong, or undefined while the head is not complete
 */
export function takeHead(
  bytes: Buffer,
  grammar: RequestGrammar,
  most: number,
): { readonly head: RequestHead; readonly rest: Buffer | undefined } | ErrorCode | undefined {
  // One empty line before the request line is read over (RFC 9112 §2.2).
  const start = bytes[0] === 0x0d && bytes[1] === 0x0a ? 2 : 0;
  const end = findHeadEnd(bytes, start, bytes.length);
  if (end === BARE_LF) return "bad_line_end";
  if ((end === INCOMPLETE ? bytes.length : end) - start > most) return "head_too_large";
  if (end === INCOMPLETE) return undefined;

  const head = parseRequestHead(bytes.toString("latin1", start, end), grammar);
  if (typeof head === "string") return head;
  return { head, rest: end === bytes.length ? undefined : bytes.subarray(end) };
}
