/** What somebody who is not signed in is answered: a page, a dialog or a plain 401, whatever he can do something with. */
import { ERRORS, type ErrorCode } from "../errors.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { FORM_PAGE_FIELDS, wantsHtml } from "../pages/page.ts";
import { askerOf, isControlUiProbe } from "./asker.ts";
import { formPage } from "./login-page.ts";
import { loginTarget } from "./next.ts";
import { ownOrigin } from "./origin.ts";

/** `ended`: the request carries a session's cookie that opens nothing any more. */
export type WhyAsked = "absent" | "ended" | "wrong" | "malformed";

export type Ask = (exchange: Exchange, why: WhyAsked) => Reply;

/** @param login how browsers are asked */
export function createAsk(login: "page" | "basic"): Ask {
  return (exchange, why) => {
    const { head } = exchange;
    if (isControlUiProbe(head) && askerOf(head) !== "client") return toLogin(exchange, why);
    switch (askerOf(head)) {
      case "navigation":
        // Whoever sent Basic is answered in kind. After a session's end a dialog would be answered by the browser itself, in vain.
        if (why === "ended" || (login === "page" && why === "absent")) return toLogin(exchange, why);
        return unauthorised(BASIC, exchange, why);
      case "script":
        return unauthorised(BEARER, exchange, why);
      case "client":
        return unauthorised(why === "ended" ? BEARER : BASIC, exchange, why);
    }
  };
}

/** Printable ASCII; what a browser's dialog shows. */
const REALM = "OpenClaw";
/** RFC 7617 §2.1: names and passwords are UTF-8. */
const BASIC = `Basic realm="${REALM}", charset="UTF-8"`;
/** A challenge that no browser answers by itself (RFC 6750 §3). */
export const BEARER = `Bearer realm="${REALM}"`;

const CODES: Readonly<Record<WhyAsked, ErrorCode>> = {
  absent: "credentials_required",
  ended: "session_ended",
  wrong: "credentials_wrong",
  malformed: "credentials_malformed",
};

const PLAIN_TEXT: Reply["fields"] = [
  ["Content-Type", "text/plain; charset=utf-8"],
  ["X-Content-Type-Options", "nosniff"],
  ["Cache-Control", "no-store"],
];

function toLogin({ head }: Exchange, why: WhyAsked): Reply {
  // Only a name that is served gets here. Whole addresses leave nothing to be read as another host.
  const target = isControlUiProbe(head) ? loginTarget("HEAD", "/") : loginTarget(head.method, head.target);
  const location = `${ownOrigin(head)}${target}`;
  return { status: 303, fields: [["Location", location], ...PLAIN_TEXT], body: `Sign in: ${location}\n`, code: CODES[why] };
}

/** A 401 with the challenge that it needs (RFC 9110 §15.5.2): the sign-in page for somebody who can see it, one line for everybody else. */
function unauthorised(challenge: string, exchange: Exchange, why: WhyAsked): Reply {
  const code = CODES[why];
  const { status, message } = ERRORS[code];
  const authenticate = ["WWW-Authenticate", challenge] as const;
  if (askerOf(exchange.head) === "navigation" && wantsHtml(exchange.head.fields.first("accept"))) {
    const { body, setCookies } = formPage(exchange, { notice: why === "wrong" ? "wrong" : undefined });
    return { status, fields: [authenticate, ...FORM_PAGE_FIELDS, ...setCookies], body, code };
  }
  return { status, fields: [authenticate, ...PLAIN_TEXT], body: `${message} ${mend(exchange, challenge, why)}\n`, code };
}

function mend({ head }: Exchange, challenge: string, why: WhyAsked): string {
  if (why === "ended") return `Sign in again at ${ownOrigin(head)}/, or leave the cookie out.`;
  if (challenge === BASIC) return "Send a user name and password with HTTP Basic.";
  return `Open ${ownOrigin(head)}/ in a browser and sign in there first.`;
}
