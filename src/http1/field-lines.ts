import { CR, FIELD_OCTET, HTAB, LF, SP, TCHAR } from "./grammar.ts";
import { Fields } from "./fields.ts";

/** Why field lines were refused. */
export type FieldLinesError = "bad_field" | "bad_line_end" | "head_too_large";

/**
 * Reads the field lines of a head: `*( field-name ":" OWS field-value OWS CRLF ) CRLF` (RFC 9112 §5).
 * No line folding, no whitespace before the colon, no control octet (§5.1, §5.2); a line ends in CR LF and nothing else (§2.2).
 *
 * @param head latin1 text whose last four octets are the CR LF CR LF that ends the head
 * @param start where the first field line begins
 * @param limit how many lines are allowed
 */
export function parseFieldLines(head: string, start: number, limit: number): Fields | FieldLinesError {
  const fields = new Fields();
  const end = head.length - 2;
  let position = start;
  while (position < end) {
    if (fields.length === limit) return "head_too_large";

    let cursor = position;
    while (TCHAR[head.charCodeAt(cursor)] === 1) cursor++;
    if (cursor === position || head.charCodeAt(cursor) !== 0x3a) return fieldOrLineEnd(head, cursor);
    const name = head.slice(position, cursor);

    cursor++;
    while (head.charCodeAt(cursor) === SP || head.charCodeAt(cursor) === HTAB) cursor++;
    const valueStart = cursor;
    while (FIELD_OCTET[head.charCodeAt(cursor)] === 1) cursor++;
    if (head.charCodeAt(cursor) !== CR || head.charCodeAt(cursor + 1) !== LF) return fieldOrLineEnd(head, cursor);
    let valueEnd = cursor;
    while (valueEnd > valueStart && (head.charCodeAt(valueEnd - 1) === SP || head.charCodeAt(valueEnd - 1) === HTAB)) valueEnd--;

    const key = name.toLowerCase();
    // `chunked HTAB` is chunked by RFC 9110 §5.5 and another coding to llhttp: what two readers take differently is refused.
    if (valueEnd < cursor && key === "transfer-encoding" && head.slice(valueEnd, cursor).includes("\t")) return "bad_field";

    fields.push(name, key, head.slice(valueStart, valueEnd));
    position = cursor + 2;
  }
  return fields;
}

function fieldOrLineEnd(head: string, cursor: number): FieldLinesError {
  const octet = head.charCodeAt(cursor);
  return octet === LF || (octet === CR && head.charCodeAt(cursor + 1) !== LF) ? "bad_line_end" : "bad_field";
}
