/** The demo page's style; the colours are those of the edge's own pages. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f6f4f1;--card:#fff;--ink:#1f1b18;--soft:#6b625b;--line:#e6e0d9;--accent:#c8402f;--on:#fff;--wash:#fbeeeb;--code:#f4f1ec;--good:#1f7a4d;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--paper:#151311;--card:#1e1b18;--ink:#f1ece6;--soft:#a69b91;--line:#332e29;--accent:#ff7a66;--on:#2a0f0a;--wash:#33201c;--code:#27231f;--good:#6fd3a0;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;padding:2.5rem 1.5rem 4rem;background:radial-gradient(70rem 32rem at 50% -12rem,var(--wash),transparent) no-repeat,var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:64rem;margin:0 auto}
header{display:flex;align-items:center;gap:.85rem;margin-bottom:2rem}
header svg{width:2.5rem;height:2.5rem;flex:none;color:var(--accent)}
header p{margin:0;font-size:.875rem;line-height:1.35;color:var(--soft)}
header strong{display:block;color:var(--ink);font-size:.9375rem}
h1{margin:0 0 .5rem;font-size:clamp(1.8rem,5vw,2.6rem);line-height:1.15;letter-spacing:-.025em;font-weight:680;overflow-wrap:anywhere}
h1 em{font-style:normal;color:var(--accent)}
.lead{margin:0 0 1.75rem;max-width:44rem;color:var(--soft);font-size:1.0625rem;text-wrap:pretty}
.identity{display:grid;grid-template-columns:repeat(3,1fr);gap:1px;background:var(--line);border:1px solid var(--line);border-radius:1.1rem;overflow:hidden}
dl{margin:0;padding:1rem 1.15rem;background:var(--card);min-width:0}
dt{font-size:.8125rem;color:var(--soft)}
dd{margin:.1rem 0 0;font-weight:600;overflow-wrap:anywhere}
dd.field{margin-top:.35rem;font:400 .75rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--soft)}
.absent{font-weight:400;color:var(--soft)}
.note{margin:.9rem 0 2rem;font-size:.9rem;font-weight:550}
.note::before{content:"";display:inline-block;width:.55rem;height:.55rem;margin-right:.5rem;border-radius:50%;background:currentColor}
.good{color:var(--good)}.bad{color:var(--bad)}
.cards{display:grid;grid-template-columns:repeat(3,1fr);gap:1rem}
article{display:flex;flex-direction:column;min-width:0;background:var(--card);border:1px solid var(--line);border-radius:1.1rem;padding:1.15rem}
h2{display:flex;align-items:center;justify-content:space-between;gap:.5rem;margin:0 0 .25rem;font-size:1.0625rem;letter-spacing:-.01em}
.state{padding:.12rem .6rem;border-radius:1rem;background:var(--code);color:var(--soft);font-size:.75rem;font-weight:600;letter-spacing:0;white-space:nowrap}
.state.good{background:color-mix(in srgb,var(--good) 14%,transparent);color:var(--good)}
.state.bad{background:color-mix(in srgb,var(--bad) 14%,transparent);color:var(--bad)}
article p{margin:0 0 .8rem;font-size:.9rem;color:var(--soft)}
code,.log{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
a{color:var(--accent);text-underline-offset:.2em}
code{font-size:.85em}
.log{flex:1;height:10.5rem;min-height:10.5rem;margin:0 0 .8rem;padding:.65rem .8rem;overflow:auto;list-style:none;background:var(--code);border-radius:.7rem;font-size:.78rem;line-height:1.65;overflow-wrap:anywhere}
.controls form{display:flex;gap:.5rem}
input{flex:1;min-width:0;font:inherit;font-size:.9rem;color:inherit;padding:.45rem .7rem;background:transparent;border:1px solid var(--line);border-radius:.6rem}
button{font:inherit;font-size:.9rem;font-weight:600;color:var(--on);background:var(--accent);border:0;border-radius:.6rem;padding:.5rem .95rem;cursor:pointer}
button:hover{filter:brightness(1.06)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
details{margin-top:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:1.1rem;padding:.95rem 1.15rem}
summary{cursor:pointer;font-weight:600;font-size:.9375rem}
.scroll{overflow-x:auto;margin-top:.8rem}
table{border-collapse:collapse;width:100%;font:.8rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
th,td{text-align:left;vertical-align:top;padding:.35rem .9rem .35rem 0;border-top:1px solid var(--line)}
th{font-weight:500;color:var(--soft);white-space:nowrap}
td{overflow-wrap:anywhere}
@media(max-width:52rem){.cards{grid-template-columns:1fr}.identity{grid-template-columns:1fr 1fr}.log{height:8.5rem;min-height:8.5rem}}
@media(max-width:30rem){body{padding:1.25rem 1rem 2.5rem}.identity{grid-template-columns:1fr}header{margin-bottom:1.4rem}th{white-space:normal}}
`;
