import { hash } from "node:crypto";

import { escapeHtml } from "../pages/escape.ts";
import { EMBLEM } from "../pages/style.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

type Field = readonly [name: string, value: string];

/** Only what is in the page itself, named by hash, and connections to where it came from. */
export const DEMO_POLICY =
  `default-src 'none'; style-src 'sha256-${hash("sha256", STYLE, "base64")}'; script-src 'sha256-${hash("sha256", SCRIPT, "base64")}'; ` +
  "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What the Gateway would be told, and what each field means there. */
const IDENTITY: readonly (readonly [name: string, meaning: string])[] = [
  ["X-Forwarded-User", "who you are"],
  ["X-OpenClaw-Scopes", "what you may do"],
  ["X-Forwarded-For", "where you come from"],
  ["X-Forwarded-Proto", "how you came"],
  ["X-Forwarded-Host", "what you asked for"],
  ["Via", "who brought you"],
];

/** The demo's page: the identity that arrived with this very request, and three things to try through the edge. */
export function demoPage(fields: readonly Field[]): string {
  const values = (name: string): readonly string[] =>
    fields.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  const user = values("X-Forwarded-User").join(", ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>openclaw-edge demo</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>${EMBLEM}<p><strong>openclaw-edge</strong>demo upstream, in the Gateway's place</p></header>
<h1>${user === "" ? "Nobody is signed in" : `Hello, <em>${escapeHtml(user)}</em>`}</h1>
<p class="lead">${
    user === ""
      ? "This request did not come through the edge: it carries no identity."
      : 'The edge checked your password, took it off the request, and told this page who you are. What you see below is what a Gateway would have received. <a href="/.edge/">Where you are signed in, and the way out</a>'
  }</p>
<section class="identity" aria-label="Identity">${IDENTITY.map(([name, meaning]) => identity(name, meaning, values(name))).join("")}</section>
<p class="note ${values("Authorization").length === 0 ? "good" : "bad"}">${
    values("Authorization").length === 0
      ? "Your password is not among the fields that arrived."
      : "An Authorization field arrived: the edge lets through what is not its own."
  }</p>
<div class="cards">
${card("websocket", "WebSocket", "Messages sent to <code>/ws</code> come back.", '<form><input aria-label="Message" name="text" value="Hello through the edge" autocomplete="off"><button>Send</button></form>')}
${card("events", "Server-sent events", "One event a second from <code>/events</code>.", '<button type="button">Pause</button>')}
${card("echo", "HTTP", "A request with a body, as <code>/echo</code> saw it.", '<button type="button">POST 64 KB</button>')}
</div>
<details><summary>All ${fields.length} fields of this request, as received</summary>
<div class="scroll"><table>${fields.map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`).join("")}</table></div>
</details>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function identity(name: string, meaning: string, values: readonly string[]): string {
  const value =
    values.length === 0
      ? '<span class="absent">absent</span>'
      : values.map((text) => escapeHtml(text).replaceAll(",", ",<wbr>")).join("<br>");
  return `<dl><dt>${meaning}</dt><dd>${value}</dd><dd class="field">${name}</dd></dl>`;
}

function card(id: string, title: string, text: string, controls: string): string {
  return `<article id="${id}"><h2>${title}<span class="state" role="status">…</span></h2><p>${text}</p><ol class="log" aria-live="off"></ol><div class="controls">${controls}</div></article>`;
}
