import { documentOf } from "./document.ts";
import { escapeHtml } from "./escape.ts";
import type { Language } from "./language.ts";
import { textsOf } from "./texts.ts";

/** What the sign-in page has to say besides its question. */
export type SignInNotice =
  | "wrong"
  | "busy"
  | "ended"
  | "signedOut"
  | "formExpired"
  | "noCookies"
  | { readonly throttled: /** Seconds. */ number };

export interface SignInPage {
  readonly language: Language;
  /** The name that was opened. */
  readonly host: string;
  /** Ties the form to this browser. */
  readonly token: string;
  /** Where to go afterwards; `/` is left out of the form. */
  readonly next: string;
  /** The name that was typed before. */
  readonly name?: string;
  readonly notice?: SignInNotice | undefined;
}

/** The sign-in page: plain HTML, which works without script, with password managers, and on a phone. */
export function signInPage({ language, host, token, next, name = "", notice }: SignInPage): string {
  const { signIn: texts } = textsOf(language);
  const focus = (isWanted: boolean): string => (isWanted ? " autofocus" : "");
  const content = `<h1>${escapeHtml(texts.title)} <small>${escapeHtml(texts.lead(host))}</small></h1>
${noticeOf(notice, language)}<form method="post" action="/.edge/login">
<input type="hidden" name="token" value="${escapeHtml(token)}">
${next === "/" ? "" : `<input type="hidden" name="next" value="${escapeHtml(next)}">\n`}<label for="name">${escapeHtml(texts.name)}</label>
<input id="name" name="name" type="text" value="${escapeHtml(name)}" required maxlength="64" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false"${focus(name === "")}>
<label for="password">${escapeHtml(texts.password)}</label>
<input id="password" name="password" type="password" required maxlength="256" autocomplete="current-password" enterkeyhint="go"${focus(name !== "")}>
<button type="submit">${escapeHtml(texts.submit)}</button>
</form>
<footer><span>${escapeHtml(texts.help)}</span></footer>
`;
  return documentOf({ language, title: `${texts.title} ${texts.lead(host)}`, content, size: "small" });
}

function noticeOf(notice: SignInNotice | undefined, language: Language): string {
  if (notice === undefined) return "";
  const { signIn: texts, wait } = textsOf(language);
  const text = typeof notice === "string" ? texts[notice] : texts.throttled(wait(notice.throttled));
  const isFailure = notice !== "ended" && notice !== "signedOut";
  return `<p class="notice${isFailure ? " failure" : ""}" role="${isFailure ? "alert" : "status"}">${escapeHtml(text)}</p>\n`;
}
