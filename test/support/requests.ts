import { createHash } from "node:crypto";

import { ALICE, DOMAIN } from "./edge.ts";

/** Octets of a request: request line, Host, Alice's credentials, then the field lines as given. */
export function request(line: string, fields: readonly string[] = [], body = ""): string {
  return raw(`${line} HTTP/1.1`, [`Host: ${DOMAIN}`, `Authorization: ${ALICE}`, ...fields], body);
}

/** Octets of a request with nothing added. */
export const raw = (line: string, fields: readonly string[], body = ""): string => `${[line, ...fields].join("\r\n")}\r\n\r\n${body}`;

export interface ForwardedOptions {
  /** Default `ai.example.com`. */
  readonly host?: string;
  /** The client's own field lines, behind those that the edge sets. */
  readonly fields?: readonly string[];
  /** Field lines at the end. */
  readonly framing?: readonly string[];
  /** Whose request it is; undefined (written out): nobody's. Default alice. */
  readonly user?: string | undefined;
  readonly userHeader?: string;
  readonly client?: string;
  readonly version?: "1.0" | "1.1";
  /** The prefix that was taken off. */
  readonly prefix?: string;
}

/** The canonical head that the upstream has to receive for a request, octet by octet, but for the pseudonym. */
export function forwarded(line: string, options: ForwardedOptions = {}): string {
  const {
    host = DOMAIN,
    fields = [],
    framing = [],
    prefix,
    userHeader = "X-Forwarded-User",
    client = "127.0.0.1",
    version = "1.1",
  } = options;
  const user = "user" in options ? options.user : "alice";
  return raw(`${line} HTTP/1.1`, [
    `Host: ${host}`,
    `X-Forwarded-For: ${client}`,
    "X-Forwarded-Proto: https",
    `X-Forwarded-Host: ${host}`,
    ...(prefix === undefined ? [] : [`X-Forwarded-Prefix: ${prefix}`]),
    ...(user === undefined
      ? ["X-OpenClaw-Scopes:"]
      : [`${userHeader}: ${user}`, "X-OpenClaw-Scopes: operator.read,operator.write,operator.approvals,operator.questions"]),
    ...fields,
    `Via: ${version} PSEUDONYM`,
    ...framing,
  ]);
}

/** Puts `PSEUDONYM` in the place of what this edge calls itself: it is another one for every start. */
export const withoutPseudonym = (text: string): string => text.replaceAll(/openclaw-edge-[0-9a-f]{12}/g, "PSEUDONYM");

export const WEBSOCKET_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const HANDSHAKE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${WEBSOCKET_KEY}`,
] as const;
/** RFC 6455 §4.2.2. */
export const acceptOf = (key: string): string => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
/** Upstream's own 101. */
export const SWITCHING = raw("HTTP/1.1 101 Switching Protocols", [
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Accept: ${acceptOf(WEBSOCKET_KEY)}`,
]);

/** The data of a chunked body as the edge writes it: no extensions, no trailers. */
export function dechunked(framed: string): string {
  let text = "";
  for (let index = 0; ;) {
    const end = framed.indexOf("\r\n", index);
    const size = Number.parseInt(framed.slice(index, end), 16);
    if (!(size > 0)) return text;
    text += framed.slice(end + 2, end + 2 + size);
    index = end + 2 + size + 2;
  }
}
