import { hash } from "node:crypto";

/** The one style sheet of every page: no file, no font, no script, so a page works when nothing else does. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f6f4f1;--card:#fff;--ink:#1f1b18;--soft:#6b625b;--line:#e6e0d9;--edge:#8d837b;--accent:#c8402f;--deep:#a93324;--on:#fff;--wash:#fbeeeb;--code:#f4f1ec}
@media(prefers-color-scheme:dark){:root{--paper:#151311;--card:#1e1b18;--ink:#f1ece6;--soft:#a69b91;--line:#332e29;--edge:#7d736a;--accent:#ff7a66;--deep:#ff9585;--on:#2a0f0a;--wash:#33201c;--code:#27231f}}
*{box-sizing:border-box}
html{height:100%}
body{margin:0;min-height:100%;display:grid;place-items:center;padding:1.5rem;background:radial-gradient(60rem 30rem at 50% -12rem,var(--wash),transparent) no-repeat,var(--paper);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif;-webkit-text-size-adjust:100%}
main{width:100%;max-width:35rem;background:var(--card);border:1px solid var(--line);border-radius:1.25rem;padding:2.25rem 2.5rem 1.75rem;box-shadow:0 1px 2px rgb(0 0 0/.04),0 1.5rem 3rem -1.5rem rgb(60 30 20/.18)}
main.small{max-width:26rem}
header{display:flex;align-items:center;gap:.85rem;margin-bottom:1.5rem}
header svg{width:2.5rem;height:2.5rem;flex:none;color:var(--accent)}
header p{margin:0;font-size:.875rem;line-height:1.35;color:var(--soft)}
header strong{display:block;color:var(--ink);font-size:.9375rem}
h1{margin:0 0 .6rem;font-size:1.625rem;line-height:1.25;letter-spacing:-.018em;font-weight:650;text-wrap:balance}
h1 small{display:block;margin-top:.15rem;font-size:1rem;font-weight:400;letter-spacing:0;color:var(--soft);overflow-wrap:anywhere}
h2{margin:1.75rem 0 .2rem;font-size:1.0625rem;line-height:1.35;font-weight:650}
p{margin:0 0 1rem;overflow-wrap:anywhere;text-wrap:pretty}
.lead{margin:0 0 .75rem;font-size:.9375rem;color:var(--soft)}
section{margin:1.5rem 0 1.25rem;padding:1rem 1.15rem;background:var(--wash);border-radius:.85rem}
section h2{margin:0 0 .3rem;font-size:.8125rem;line-height:1.4;font-weight:650;color:var(--deep)}
section p{margin:0}
section a{color:var(--deep)}
section p+pre,section p+ul{margin-top:.7rem}
section p+form{margin-top:.9rem}
pre{margin:0;padding:.65rem .85rem;background:var(--card);border:1px solid var(--line);border-radius:.55rem;font:.9rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
ul{margin:0;padding:0;list-style:none}
li+li{margin-top:.35rem}
a{color:var(--accent);text-underline-offset:.2em;overflow-wrap:anywhere}
form{margin:0}
label{display:block;margin:1.1rem 0 .35rem;font-size:.9375rem;font-weight:600}
input{display:block;width:100%;min-height:2.9rem;padding:.55rem .85rem;background:var(--card);color:inherit;border:1px solid var(--edge);border-radius:.65rem;font:inherit}
button,.button{display:block;width:100%;min-height:2.9rem;padding:.55rem 1rem;border:1px solid transparent;border-radius:.65rem;background:var(--accent);color:var(--on);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
button:hover,.button:hover{background:var(--deep)}
label+input+button{margin-top:1.6rem}
button+.button{margin-top:.6rem}
.quiet{background:none;color:var(--ink);border-color:var(--line)}
.quiet:hover{background:var(--code)}
.danger{background:none;color:var(--deep);border-color:currentcolor}
.danger:hover{background:var(--card)}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.notice{margin:1rem 0 0;padding:.7rem .95rem;background:var(--code);border-radius:.65rem;font-size:.9375rem}
.failure{background:var(--wash);color:var(--deep);font-weight:500}
.person{display:flex;align-items:center;gap:1rem;flex-wrap:wrap;margin-bottom:1.5rem}
.person h1{flex:1 1 7rem;margin:0;overflow-wrap:anywhere}
.person button{width:auto}
.initial{flex:none;display:grid;place-items:center;width:3.25rem;height:3.25rem;border-radius:50%;background:var(--wash);color:var(--accent);font-size:1.35rem;font-weight:650}
.list{border:1px solid var(--line);border-radius:.85rem;overflow:hidden}
.list li{display:flex;align-items:center;gap:1rem;margin:0;padding:.8rem .8rem .8rem 1.1rem}
.list li+li{border-top:1px solid var(--line)}
.list div{flex:1;min-width:0;overflow-wrap:anywhere}
.list div>span:last-child{display:block;font-size:.875rem;line-height:1.45;color:var(--soft)}
.list strong{font-weight:600}
.list button,section button{width:auto;min-height:2.4rem;padding:.3rem .85rem;font-size:.9375rem}
.mark{margin-left:.35rem;padding:.1rem .55rem;border-radius:1rem;background:var(--wash);color:var(--deep);font-size:.75rem;font-weight:600;white-space:nowrap}
footer{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.8125rem;color:var(--soft);display:flex;flex-wrap:wrap;gap:.2rem 1.25rem;justify-content:space-between}
footer code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(max-width:30rem){body{padding:.85rem;place-items:start stretch}main{padding:1.5rem 1.35rem 1.25rem;border-radius:1rem}main.small{max-width:none}.initial{display:none}.person small{font-size:.9375rem}h1{font-size:1.4rem}.list li{padding-left:.9rem;gap:.75rem}}
`;

/** The edge's emblem: an open door with light behind it. */
export const EMBLEM =
  '<svg viewBox="0 0 40 40" fill="none" aria-hidden="true"><rect width="40" height="40" rx="10" fill="currentColor" opacity=".13"/>' +
  '<path d="M11 31V14a6 6 0 0 1 6-6h6a6 6 0 0 1 6 6v17" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>' +
  '<path d="M15.5 31V14.6c0-.8.6-1.5 1.4-1.6l6.2-1.1a1.2 1.2 0 0 1 1.4 1.2V31Z" fill="currentColor"/>' +
  '<circle cx="18.6" cy="22" r="1.25" fill="#fff"/><path d="M7.5 31.2h25" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/></svg>';

/**
 * Nothing may be loaded, run or framed; the one style sheet is named by its hash.
 * `img-src data:` keeps a browser from asking for /favicon.ico, which would be one more exchange.
 */
const COMMON_POLICY =
  `default-src 'none'; style-src 'sha256-${hash("sha256", STYLE, "base64")}'; img-src data:; ` +
  "base-uri 'none'; frame-ancestors 'none'; ";

export const POLICY = `${COMMON_POLICY}form-action 'none'`;
/** For a page with a form: it is sent here, and nowhere else. */
export const FORM_POLICY = `${COMMON_POLICY}form-action 'self'`;
