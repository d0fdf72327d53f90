import type { Decide, Exchange, Reply } from "../exchange.ts";
import { answerLanguage, respondWith } from "../pages/page.ts";
import { certificatePendingPage } from "../pages/pages.ts";

/** RFC 8555 §8.3. */
const PLACE = "/.well-known/acme-challenge/";

/**
 * Answers CAs that validate a name by http-01, whatever Host they send, and leaves everything else to `otherwise`: for a token that nobody
 * waits for, there is nothing here.
 */
export function answerHttp01(
  keyAuthorization: (token: string) => string | undefined | Promise<string | undefined>,
  otherwise: Decide,
): Decide {
  return (exchange) => {
    const { method, target } = exchange.head;
    if (!target.startsWith(PLACE) || (method !== "GET" && method !== "HEAD")) return otherwise(exchange);
    const found = keyAuthorization(target.slice(PLACE.length));
    if (!(found instanceof Promise)) return found === undefined ? otherwise(exchange) : { kind: "reply", reply: octets(found) };
    return found.then((late) => (late === undefined ? otherwise(exchange) : { kind: "reply", reply: octets(late) }));
  };
}

const octets = (body: string): Reply => ({
  status: 200,
  fields: [
    ["Content-Type", "application/octet-stream"],
    ["X-Content-Type-Options", "nosniff"],
    ["Cache-Control", "no-store"],
  ],
  body,
});

/** As long as a name of ours has no certificate a redirect would lead to a closed door: a page says so instead, and reloads itself. */
export function explainUntil(isReady: (host: string) => boolean, isServed: (host: string) => boolean, otherwise: Decide): Decide {
  return (exchange) => {
    const { host } = exchange.head;
    return !isServed(host) || isReady(host) ? otherwise(exchange) : { kind: "reply", reply: pending(exchange) };
  };
}

/** Seconds after which to look again. */
const AGAIN = "10";

function pending({ head, id }: Exchange): Reply {
  const { body, fields } = respondWith(head.fields.first("accept"), certificatePendingPage({ language: answerLanguage(head), id }));
  return { status: 503, fields: [["Retry-After", AGAIN], ["Refresh", AGAIN], ...fields], body, code: "certificate_pending" };
}
