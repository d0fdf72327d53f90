import type { Framing } from "../exchange.ts";
import type { Fields } from "./fields.ts";

export const NO_BODY: Framing = { kind: "none" };
export const CHUNKED: Framing = { kind: "chunked" };
export const UNTIL_CLOSE: Framing = { kind: "until-close" };

/**
 * How a message says its body ends, by Transfer-Encoding and Content-Length (RFC 9112 §6). Undefined when neither is there,
 * `"ambiguous"` when two readers could disagree: both fields, any repeated or listed one, a coding other than `chunked`,
 * Transfer-Encoding in HTTP/1.0, a length that is not plain decimal digits. None of these is ever repaired.
 */
export function declaredFraming(fields: Fields, minor: 0 | 1): Framing | "ambiguous" | undefined {
  let length: string | undefined;
  let coding: string | undefined;
  for (let index = 0; index < fields.length; index++) {
    const key = fields.keys[index];
    if (key === "content-length") {
      if (length !== undefined) return "ambiguous";
      length = fields.values[index];
    } else if (key === "transfer-encoding") {
      if (coding !== undefined) return "ambiguous";
      coding = fields.values[index];
    }
  }
  if (coding !== undefined) return length === undefined && minor === 1 && coding.toLowerCase() === "chunked" ? CHUNKED : "ambiguous";
  if (length === undefined) return undefined;
  // 15 digits stay exact in a double, and a petabyte is enough.
  if (!/^[0-9]{1,15}$/.test(length)) return "ambiguous";
  const octets = Number(length);
  return octets === 0 ? NO_BODY : { kind: "length", length: octets };
}
