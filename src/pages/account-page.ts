import { documentOf } from "./document.ts";
import { escapeHtml } from "./escape.ts";
import type { Language } from "./language.ts";
import { relativeTime } from "./relative-time.ts";
import { textsOf, type Texts } from "./texts.ts";

/** Times are milliseconds since 1970. */
export interface ShownSession {
  readonly id: string;
  /** The one that looks at this page. */
  readonly isThis: boolean;
  readonly browser: string | undefined;
  readonly system: string | undefined;
  readonly address: string;
  readonly usedAt: number;
  readonly createdAt: number;
}

export interface ShownPass {
  readonly id: string;
  readonly name: string;
  /** undefined: never. */
  readonly usedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

export interface AccountPage {
  readonly language: Language;
  readonly host: string;
  readonly name: string;
  readonly token: string;
  readonly sessions: readonly ShownSession[];
  readonly passes: readonly ShownPass[];
  /** What was just done. */
  readonly notice?: "ended" | "revoked" | undefined;
  readonly now: number;
}

/** Who is signed in, where else, and by which passes; with the end of each. */
export function accountPage(page: AccountPage): string {
  const { language, host, name, token, sessions, passes, notice } = page;
  const { account: texts } = textsOf(language);
  const content = `<div class="person"><span class="initial" aria-hidden="true">${escapeHtml(name.slice(0, 1).toUpperCase())}</span>
<h1>${escapeHtml(name)} <small>${escapeHtml(host)}</small></h1>
${form("/.edge/logout", token, [], `<button class="quiet" type="submit">${escapeHtml(texts.signOut)}</button>`)}</div>
<a class="button" href="/">${escapeHtml(texts.open)}</a>
${notice === undefined ? "" : `<p class="notice" role="status">${escapeHtml(texts[notice])}</p>\n`}<h2>${escapeHtml(texts.sessions)}</h2>
<p class="lead">${escapeHtml(texts.sessionsLead)}</p>
<ul class="list">
${sessions.map((session) => sessionItem(session, page, texts)).join("")}</ul>
<h2>${escapeHtml(texts.passes)}</h2>
<p class="lead">${escapeHtml(passes.length === 0 ? texts.noPasses : texts.passesLead)}</p>
${passes.length === 0 ? `<pre>openclaw-edge pass create --user ${escapeHtml(name)} --name iphone</pre>\n` : `<ul class="list">\n${passes.map((pass) => passItem(pass, page, texts)).join("")}</ul>\n`}<section>
<h2>${escapeHtml(texts.everywhere)}</h2>
<p>${escapeHtml(texts.everywhereLead)}</p>
${form("/.edge/sessions/end-all", token, [], `<button class="danger" type="submit">${escapeHtml(texts.everywhere)}</button>`)}</section>
`;
  return documentOf({ language, title: `${texts.title}: ${host}`, content });
}

function sessionItem(session: ShownSession, { language, token, now }: AccountPage, texts: Texts["account"]): string {
  const { browser, system } = session;
  const what = browser !== undefined && system !== undefined ? texts.agent(browser, system) : (browser ?? system ?? texts.unknownBrowser);
  const mark = session.isThis ? ` <span class="mark">${escapeHtml(texts.thisOne)}</span>` : "";
  const used = texts.used(relativeTime(session.usedAt, now, language), session.address);
  const began = texts.began(relativeTime(session.createdAt, now, language));
  const button = `<button class="quiet" type="submit" aria-label="${escapeHtml(texts.endNamed(what))}">${escapeHtml(texts.end)}</button>`;
  // This browser's own button signs out as the one above does.
  const end = session.isThis ? "" : form("/.edge/sessions/end", token, [["id", session.id]], button);
  return `<li><div><strong>${escapeHtml(what)}</strong>${mark}<span>${escapeHtml(used)} · ${escapeHtml(began)}</span></div>${end}</li>\n`;
}

function passItem(pass: ShownPass, { language, token, now }: AccountPage, texts: Texts["account"]): string {
  const used = pass.usedAt === undefined ? texts.passUnused : texts.passUsed(relativeTime(pass.usedAt, now, language));
  const expires = pass.expiresAt === undefined ? texts.passForever : texts.passExpires(relativeTime(pass.expiresAt, now, language));
  const button = `<button class="quiet" type="submit" aria-label="${escapeHtml(texts.revokeNamed(pass.name))}">${escapeHtml(texts.revoke)}</button>`;
  return `<li><div><strong>${escapeHtml(pass.name)}</strong><span>${escapeHtml(used)} · ${escapeHtml(expires)}</span></div>${form("/.edge/passes/revoke", token, [["id", pass.id]], button)}</li>\n`;
}

function form(action: string, token: string, fields: readonly (readonly [name: string, value: string])[], button: string): string {
  const hidden = [["token", token] as const, ...fields].map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  );
  return `<form method="post" action="${action}">${hidden.join("")}${button}</form>`;
}
