import { ERRORS, type ErrorCode } from "../errors.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { errorPage, respondWith, wantsHtml } from "./page.ts";
import { gatewayDownPage, loopbackPage, signInWaitPage } from "./pages.ts";

/** Codes after which the bytes that follow on the connection can't be trusted. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  "bad_request_line",
  "bad_target",
  "bad_field",
  "bad_line_end",
  "bad_host",
  "bad_framing",
  "bad_chunk",
  "bad_websocket",
  "websocket_version",
  "bad_expectation",
  "version_not_supported",
  "head_too_large",
  "head_timeout",
  "body_timeout",
  "body_too_large",
  "method_refused",
  "plain_http",
  "shutting_down",
]);

/** Seconds after which a client may try again when the Gateway is away: it takes up to half a minute to start. */
const RETRY_AFTER = "5";

/** The edge's own answer to an error, in words for whoever reads it. */
export function errorReply(code: ErrorCode, exchange?: Exchange): Reply {
  const { status, source, message } = ERRORS[code];
  const accept = exchange?.head.fields.first("accept");
  const fields: [string, string][] = [];
  if (code === "method_refused") fields.push(["Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]);
  if (code === "websocket_version") fields.push(["Upgrade", "websocket"], ["Sec-WebSocket-Version", "13"]);
  if (status === 502 || status === 503 || status === 504) fields.push(["Retry-After", RETRY_AFTER]);
  const page =
    source === "upstream" && code !== "route_down" && (status === 502 || status === 503 || status === 504)
      ? { ...gatewayDownPage(status, exchange?.id), message, reloads: exchange?.head.method === "GET" }
      : { status, title: TITLE_OF[code] ?? TITLES[status] ?? "Error", message, ...(exchange && { id: exchange.id }) };
  const { body, fields: described } = respondWith(accept, page);
  return { status, fields: [...fields, ...described], body, code, close: FATAL.has(code) };
}

/** An answer that asks to wait before the next sign-in, with a page in place of its line of text for whoever asks for HTML. */
export function withWaitPage(reply: Reply, exchange: Exchange): Reply {
  if (reply.code !== "sign_in_throttled" && reply.code !== "sign_in_busy") return reply;
  if (!wantsHtml(exchange.head.fields.first("accept"))) return reply;
  const seconds = Number(reply.fields.find(([name]) => name === "Retry-After")?.[1] ?? 1);
  const { body, fields } = errorPage(signInWaitPage(reply.status, seconds, exchange.id));
  const described = new Set(fields.map(([name]) => name.toLowerCase()));
  return { ...reply, body, fields: [...reply.fields.filter(([name]) => !described.has(name.toLowerCase())), ...fields] };
}

/** Tells somebody who opened the edge on its own machine why the Gateway refuses them. */
export function loopbackReply(exchange: Exchange): Reply {
  const { body, fields } = respondWith("text/html", loopbackPage(`https://${exchange.head.authority}`, [], exchange.id));
  return { status: 403, fields, body, code: "loopback_client" };
}

/** Where the status alone would say something else. */
const TITLE_OF: Partial<Readonly<Record<ErrorCode, string>>> = { route_down: "Not answering", exemption_rate: "Too many requests" };

const TITLES: Readonly<Record<number, string>> = {
  400: "The request is not valid",
  401: "Sign-in is required",
  403: "Not allowed",
  404: "There is no such page",
  405: "Method not allowed",
  408: "The request took too long",
  413: "The request is too large",
  415: "The form is not valid",
  417: "Expectation failed",
  421: "This name is not served here",
  426: "Another WebSocket version is needed",
  429: "Too many failed sign-ins",
  431: "The request head is too large",
  500: "Something went wrong",
  502: "The Gateway is not answering",
  503: "Not available right now",
  504: "The Gateway is not answering",
  505: "HTTP version not supported",
  508: "The request went round in a circle",
};
