/** The edge's own pages under `/.edge/`: none of them ever reaches the Gateway. */
import type { Exchange, Verdict } from "../exchange.ts";
import { errorReply } from "../pages/replies.ts";
import { createAccount, type AccountOptions } from "./account.ts";
import { pathOf } from "./asker.ts";
import type { EdgePage } from "./edge-page.ts";
import { createLogin, type LoginOptions } from "./login.ts";
import { createLogout } from "./logout.ts";
import { LOGIN } from "./next.ts";
import { see } from "./own-reply.ts";

/** Undefined for a target that is none of the edge's own. */
export type EdgePages = (exchange: Exchange) => Verdict | Promise<Verdict> | undefined;

export function createEdgePages(options: LoginOptions & AccountOptions): EdgePages {
  const account = createAccount(options);
  const pages = new Map<string, EdgePage>([
    [LOGIN, createLogin(options)],
    ["/.edge/logout", createLogout(options)],
    ["/.edge", { get: (exchange) => ({ kind: "reply", reply: see(exchange, "/.edge/") }) }],
    ["/.edge/", { get: account.show }],
    ["/.edge/sessions/end", { post: account.endSession }],
    ["/.edge/sessions/end-all", { post: account.endAllSessions }],
    ["/.edge/passes/revoke", { post: account.revokePass }],
  ]);

  return (exchange) => {
    const { head } = exchange;
    if (!head.target.startsWith("/.edge")) return undefined;
    const path = pathOf(head.target);
    if (path !== "/.edge" && !path.startsWith("/.edge/")) return undefined;
    const page = pages.get(path);
    if (page === undefined || head.websocket) return { kind: "reply", reply: errorReply("no_such_page", exchange) };
    const answer = head.method === "POST" ? page.post : head.method === "GET" || head.method === "HEAD" ? page.get : undefined;
    if (answer !== undefined) return answer(exchange);
    const allowed = [...(page.get === undefined ? [] : ["GET", "HEAD"]), ...(page.post === undefined ? [] : ["POST"])].join(", ");
    const reply = errorReply("page_method", exchange);
    return { kind: "reply", reply: { ...reply, fields: [["Allow", allowed], ...reply.fields] } };
  };
}
