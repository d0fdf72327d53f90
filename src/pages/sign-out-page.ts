import { documentOf } from "./document.ts";
import { escapeHtml } from "./escape.ts";
import type { Language } from "./language.ts";
import { textsOf } from "./texts.ts";

/** Asks whether to sign out: a link alone must not do it, or any page could. */
export function signOutPage(language: Language, name: string, token: string): string {
  const { signOut: texts } = textsOf(language);
  const content = `<h1>${escapeHtml(texts.title)}</h1>
<p>${escapeHtml(texts.lead(name))}</p>
<form method="post" action="/.edge/logout">
<input type="hidden" name="token" value="${escapeHtml(token)}">
<button type="submit" autofocus>${escapeHtml(texts.submit)}</button>
<a class="button quiet" href="/">${escapeHtml(texts.stay)}</a>
</form>
`;
  return documentOf({ language, title: texts.title, content, size: "small" });
}
