import { escapeHtml } from "./escape.ts";
import type { Language } from "./language.ts";
import { EMBLEM, STYLE } from "./style.ts";
import { textsOf } from "./texts.ts";

export interface Document {
  readonly language: Language;
  /** Plain text. */
  readonly title: string;
  /** HTML of the page's head, behind its style. */
  readonly head?: string;
  /** HTML. */
  readonly content: string;
  /** The class of its card: `small` for a page that asks one thing. */
  readonly size?: "small";
}

/** The frame that every page of the edge has. */
export function documentOf({ language, title, head = "", content, size }: Document): string {
  return `<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>${head}
</head>
<body>
<main${size === undefined ? "" : ` class="${size}"`}>
<header>${EMBLEM}<p><strong>openclaw-edge</strong>${escapeHtml(textsOf(language).tagline)}</p></header>
${content}</main>
</body>
</html>
`;
}
