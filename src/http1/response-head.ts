import type { Framing } from "../exchange.ts";
import { connectionOptions } from "./connection-options.ts";
import { parseFieldLines } from "./field-lines.ts";
import type { Fields } from "./fields.ts";
import { declaredFraming, NO_BODY, UNTIL_CLOSE } from "./framing.ts";
import { consistsOf, FIELD_OCTET } from "./grammar.ts";

export interface ResponseHead {
  /** 100 to 599. */
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  readonly framing: Framing;
  /** The connection options, lower case. */
  readonly connection: readonly string[];
  /** Whether the upstream connection may serve another request. */
  readonly persistent: boolean;
  /** Seconds, from `Keep-Alive: timeout=`; undefined where the upstream names none. */
  readonly keepAlive: number | undefined;
  /** Octets of the head as received. */
  readonly size: number;
}

/**
 * Reads an upstream's response head (RFC 9112 §4, §6.3). Undefined when it is malformed or its framing is ambiguous:
 * the answer is then a 502, never a guess.
 *
 * @param text the head in latin1, up to and with its empty line
 * @param method the request's: an answer to HEAD has no body whatever its fields say
 */
export function parseResponseHead(text: string, method: string, fieldLimit: number): ResponseHead | undefined {
  const lineEnd = text.indexOf("\r\n");
  const minor = text.startsWith("HTTP/1.1 ") ? 1 : text.startsWith("HTTP/1.0 ") ? 0 : undefined;
  if (minor === undefined || lineEnd < 12) return undefined;
  const status = statusCode(text);
  if (status === undefined || (lineEnd > 12 && text[12] !== " ")) return undefined;
  const reason = text.slice(13, lineEnd);
  if (reason !== "" && !consistsOf(reason, FIELD_OCTET)) return undefined;

  const fields = parseFieldLines(text, lineEnd + 2, fieldLimit);
  if (typeof fields === "string") return undefined;
  const connection = connectionOptions(fields);
  if (connection === undefined) return undefined;

  const bodiless = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const declared = declaredFraming(fields, minor);
  if (declared === "ambiguous") return undefined;
  const framing = bodiless ? NO_BODY : (declared ?? UNTIL_CLOSE);

  return {
    status,
    reason,
    fields,
    framing,
    connection,
    persistent: minor === 1 && framing.kind !== "until-close" && !connection.includes("close"),
    keepAlive: keepAliveTimeout(fields.first("keep-alive")),
    size: text.length,
  };
}

function keepAliveTimeout(value: string | undefined): number | undefined {
  const seconds = value === undefined ? undefined : /(?:^|[\s,])timeout=([0-9]{1,6})(?:$|[\s,])/i.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function statusCode(text: string): number | undefined {
  const hundreds = text.charCodeAt(9) - 0x30;
  const tens = text.charCodeAt(10) - 0x30;
  const ones = text.charCodeAt(11) - 0x30;
  if (hundreds < 1 || hundreds > 5 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return undefined;
  return hundreds * 100 + tens * 10 + ones;
}
