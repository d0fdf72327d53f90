import { hash } from "node:crypto";

/** Seconds between two looks. */
const EVERY = 2;

/**
 * Loads the page again once the Gateway says that it is ready (`/readyz`), not sooner: a page that flickers can't be read.
 * Anything but "not yet" ends the wait, a sign-in that has expired meanwhile included.
 */
const SCRIPT =
  `const look=async()=>{try{const{status}=await fetch("/readyz",{cache:"no-store",redirect:"manual"});` +
  `if(![502,503,504].includes(status))return location.reload()}catch{}setTimeout(look,${EVERY}e3)};setTimeout(look,${EVERY}e3)`;

/** In the page's head; without script it is loaded again every few seconds. */
export const RELOAD = `<script>${SCRIPT}</script><noscript><meta http-equiv="refresh" content="5"></noscript>`;

/** What the Content-Security-Policy has to allow for it. */
export const RELOAD_POLICY = `script-src 'sha256-${hash("sha256", SCRIPT, "base64")}'; connect-src 'self'; `;
