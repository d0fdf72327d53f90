import { documentOf } from "./document.ts";
import { escapeHtml } from "./escape.ts";
import { languageOf, type Language } from "./language.ts";
import { RELOAD, RELOAD_POLICY } from "./reload.ts";
import { FORM_POLICY, POLICY } from "./style.ts";
import { textsOf } from "./texts.ts";
import type { RequestHead } from "../exchange.ts";

/** What a page says. Plain text throughout: whoever renders it escapes. */
export interface Page {
  /** Default English. */
  readonly language?: Language;
  readonly status: number;
  readonly title: string;
  readonly message: string;
  /** The one thing to do. */
  readonly advice?: string;
  /** In its place on a page that loads again by itself, which a line of text does not. */
  readonly adviceOfReloading?: string | undefined;
  /** A command that goes with the advice, to be copied. */
  readonly command?: string;
  /** Addresses to open instead. */
  readonly links?: readonly string[];
  /** Load the page again once the Gateway is ready: for a page that may be asked for twice. */
  readonly reloads?: boolean;
  /** The exchange's id: what the operator looks for in the log. */
  readonly id?: string | undefined;
}

/** A body and the fields that describe it; shaped as a `Reply` wants them. */
export interface Rendered {
  readonly body: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const COMMON = [
  ["X-Content-Type-Options", "nosniff"],
  ["Referrer-Policy", "same-origin"],
  ["Cache-Control", "no-store"],
] as const;
const HTML_FIELDS = [["Content-Type", "text/html; charset=utf-8"], ["Content-Security-Policy", POLICY], ...COMMON] as const;
const RELOADING_FIELDS = [HTML_FIELDS[0], ["Content-Security-Policy", `${RELOAD_POLICY}${POLICY}`], ...COMMON] as const;
/** The fields of a page with a form that is sent to the edge itself. */
export const FORM_PAGE_FIELDS = [HTML_FIELDS[0], ["Content-Security-Policy", FORM_POLICY], ...COMMON] as const;
const TEXT_FIELDS = [["Content-Type", "text/plain; charset=utf-8"], ...COMMON] as const;

/** HTML for whoever asks for it (`Accept` names `text/html`), one plain line for everybody else. */
export function respondWith(accept: string | undefined, page: Page): Rendered {
  return wantsHtml(accept) ? errorPage(page) : plainLine(page);
}

export function errorPage(page: Page): Rendered {
  return { body: html(page), fields: page.reloads === true ? RELOADING_FIELDS : HTML_FIELDS };
}

/** For curl, fetch and logs: `503 The Gateway is not running. Start it: openclaw gateway status`. */
export function plainLine(page: Page): Rendered {
  const rest = [page.message, page.advice, page.command, ...(page.links ?? [])].filter((part) => part !== undefined).join(" ");
  return { body: `${page.title}: ${rest}${page.id === undefined ? "" : ` (${page.id})`}\n`, fields: TEXT_FIELDS };
}

/** The language of an error's answer: a person's own on a page; a line of text is in English, whoever gets it, so that it can be searched for. */
export const answerLanguage = ({ fields }: RequestHead): Language =>
  wantsHtml(fields.first("accept")) ? languageOf(fields.first("accept-language")) : "en";

/** `text/html;q=0` is a refusal (RFC 9110 §12.4.2). */
export function wantsHtml(accept: string | undefined): boolean {
  return accept !== undefined && /(?:^|,)\s*text\/html\s*(?:;(?!\s*q\s*=\s*0(?:\.0*)?\s*(?:[,;]|$))|,|$)/i.test(accept);
}

function html(page: Page): string {
  const { language = "en" } = page;
  const { errors: texts } = textsOf(language);
  const id = page.id === undefined ? "" : `<span>${escapeHtml(texts.logId)} <code>${escapeHtml(page.id)}</code></span>`;
  return documentOf({
    language,
    title: page.title,
    head: page.reloads === true ? RELOAD : "",
    content: `<h1>${escapeHtml(page.title)}</h1>
<p>${escapeHtml(page.message)}</p>
${advice(page, texts.whatToDo)}<footer><span>${escapeHtml(texts.status(page.status))}</span>${id}</footer>
`,
  });
}

function advice({ advice: usual, adviceOfReloading: text = usual, command, links = [] }: Page, heading: string): string {
  if (text === undefined) return "";
  const items = links.map(
    (link) => `<li>${/^https:\/\//i.test(link) ? `<a href="${escapeHtml(link)}">${escapeHtml(link)}</a>` : escapeHtml(link)}</li>`,
  );
  const list = items.length === 0 ? "" : `<ul>${items.join("")}</ul>`;
  const code = command === undefined ? "" : `<pre>${escapeHtml(command)}</pre>`;
  return `<section><h2>${escapeHtml(heading)}</h2><p>${escapeHtml(text)}</p>${code}${list}</section>\n`;
}
