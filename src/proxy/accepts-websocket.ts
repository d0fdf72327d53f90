import { hash } from "node:crypto";

import type { RequestHead } from "../exchange.ts";
import type { ResponseHead } from "../http1/response-head.ts";

/** What `Sec-WebSocket-Accept` is made with (RFC 6455 §1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Whether a 101 is the upstream's own consent to this very handshake (RFC 6455 §4.1): only then do raw octets flow. */
export function acceptsWebSocket(head: ResponseHead, request: RequestHead): boolean {
  const key = request.fields.first("sec-websocket-key") ?? "";
  return (
    request.websocket &&
    head.connection.includes("upgrade") &&
    head.fields.first("upgrade")?.toLowerCase() === "websocket" &&
    head.fields.first("sec-websocket-accept") === hash("sha1", key + GUID, "base64")
  );
}
