import type { Exchange, Reply } from "../exchange.ts";
import { languageOf } from "../pages/language.ts";
import { signInPage, type SignInNotice } from "../pages/sign-in-page.ts";
import { formToken } from "./form-token.ts";
import { LOGIN, nextOf, safeNext } from "./next.ts";
import { pathOf } from "./asker.ts";

export interface FormPageOptions {
  readonly notice?: SignInNotice | undefined;
  /** Where to go afterwards, safe. Default: what the address says, or the address itself. */
  readonly next?: string;
  /** The name that was typed before. */
  readonly name?: string;
}

/** The sign-in page for this very browser, and the cookie that ties the form to it. */
export function formPage(
  { head }: Exchange,
  { notice, next, name }: FormPageOptions,
): { readonly body: string; readonly setCookies: Reply["fields"] } {
  const { token, setCookie } = formToken(head);
  const here = pathOf(head.target) === LOGIN ? nextOf(head.target) : safeNext(head.method === "GET" ? head.target : undefined);
  const body = signInPage({
    language: languageOf(head.fields.first("accept-language")),
    host: head.authority,
    token,
    next: next ?? here,
    notice,
    ...(name !== undefined && { name }),
  });
  return { body, setCookies: setCookie === undefined ? [] : [["Set-Cookie", setCookie]] };
}
