import type { RequestHead } from "../exchange.ts";
import { wantsHtml } from "../pages/page.ts";

/** Who asks, and so how it may be asked for a sign-in. */
export type Asker =
  /** A browser that opens a page: it can show one. */
  | "navigation"
  /** A script in a browser, or a request that brought a Bearer token: it can show nothing, and a Basic challenge begins a storm of dialogs. */
  | "script"
  /** No browser: curl, the OpenClaw command line. */
  | "client";

export function askerOf(head: RequestHead): Asker {
  const { fields } = head;
  if (head.websocket || isBearer(head)) return "script";
  const destination = fields.first("sec-fetch-dest");
  // A frame is no place for a password: the sign-in page can't be framed.
  if (destination !== undefined) return destination === "document" ? "navigation" : "script";
  if (isBrowser(head) || fields.first("service-worker") !== undefined) return "script";
  if (wantsHtml(fields.first("accept"))) return "navigation";
  // Older browsers name the page that runs the script; others leave the field out.
  return fields.first("origin") === undefined ? "client" : "script";
}

/** Whether a browser says so itself. Scripts can't set these fields (the prefix `Sec-` is forbidden to them), and every current browser sends them. */
export const isBrowser = ({ fields: { keys } }: RequestHead): boolean =>
  keys.includes("sec-fetch-site") || keys.includes("sec-fetch-mode") || keys.includes("sec-fetch-dest");

const hasScheme = ({ fields }: RequestHead, scheme: RegExp): boolean =>
  fields.first("authorization") !== undefined && fields.all("authorization").some((value) => scheme.test(value));

export const isBearer = (head: RequestHead): boolean => hasScheme(head, /^bearer(?:[ \t]|$)/i);
export const isBasic = (head: RequestHead): boolean => hasScheme(head, /^basic(?:[ \t]|$)/i);

/**
 * The Control UI's own question whether it is still signed in (`HEAD …/control-ui-config.json`, with `redirect: manual`): a redirect makes
 * it offer to sign in, and anything else does not. It asks with a saved Bearer token, too.
 */
export const isControlUiProbe = ({ method, target }: RequestHead): boolean =>
  method === "HEAD" && pathOf(target).endsWith("/control-ui-config.json");

export const pathOf = (target: string): string => {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
};
