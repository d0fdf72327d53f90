import { ERRORS, type ErrorCode } from "../errors.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { languageOf } from "./language.ts";
import { answerLanguage, errorPage, respondWith, wantsHtml, type Page } from "./page.ts";
import { gatewayDownPage, loopbackPage, signInWaitPage } from "./pages.ts";
import { textsOf } from "./texts.ts";

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
  const { status, source } = ERRORS[code];
  const reader = { language: exchange === undefined ? "en" : answerLanguage(exchange.head), id: exchange?.id } as const;
  const { errors: texts } = textsOf(reader.language);
  const message = texts.message(code);
  const accept = exchange?.head.fields.first("accept");
  const fields: [string, string][] = [];
  if (code === "method_refused") fields.push(["Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]);
  if (code === "websocket_version") fields.push(["Upgrade", "websocket"], ["Sec-WebSocket-Version", "13"]);
  if (status === 502 || status === 503 || status === 504) fields.push(["Retry-After", RETRY_AFTER]);
  const page =
    source === "upstream" && code !== "route_down" && (status === 502 || status === 503 || status === 504)
      ? { ...gatewayDownPage(status, reader, exchange?.head.method === "GET"), message }
      : {
          status,
          ...reader,
          title: texts.titlesOf[code] ?? texts.titles[status] ?? "Error",
          message,
          ...wayOut(code, texts.advice[code], exchange),
        };
  const { body, fields: described } = respondWith(accept, page);
  return { status, fields: [...fields, ...described], body, code, close: FATAL.has(code) };
}

/** Whoever asks for what is not there, or must not be asked for from there, is led to where he can begin. */
const LEADS_HOME: ReadonlySet<ErrorCode> = new Set(["no_such_page", "form_foreign", "cross_site"]);

function wayOut(code: ErrorCode, advice: string | undefined, exchange: Exchange | undefined): Pick<Page, "advice" | "links"> {
  if (advice === undefined) return {};
  // The host is one that this edge serves: others are answered before.
  return exchange === undefined || !LEADS_HOME.has(code) ? { advice } : { advice, links: [`https://${exchange.head.authority}/`] };
}

/** An answer that asks to wait before the next sign-in, with a page in place of its line of text for whoever asks for HTML. */
export function withWaitPage(reply: Reply, exchange: Exchange): Reply {
  if (reply.code !== "sign_in_throttled" && reply.code !== "sign_in_busy") return reply;
  if (!wantsHtml(exchange.head.fields.first("accept"))) return reply;
  const seconds = Number(reply.fields.find(([name]) => name === "Retry-After")?.[1] ?? 1);
  const { body, fields } = errorPage(signInWaitPage(reply.status, seconds, { language: answerLanguage(exchange.head), id: exchange.id }));
  const described = new Set(fields.map(([name]) => name.toLowerCase()));
  return { ...reply, body, fields: [...reply.fields.filter(([name]) => !described.has(name.toLowerCase())), ...fields] };
}

/** Tells somebody who opened the edge on its own machine why the Gateway refuses them. */
export function loopbackReply(exchange: Exchange): Reply {
  const { id, head } = exchange;
  const language = languageOf(head.fields.first("accept-language"));
  const { body, fields } = errorPage(loopbackPage(`https://${head.authority}`, { language, id }));
  return { status: 403, fields, body, code: "loopback_client" };
}
