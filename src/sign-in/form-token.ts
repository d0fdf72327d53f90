import { hash, randomBytes, timingSafeEqual } from "node:crypto";

import type { RequestHead } from "../exchange.ts";
import { onlyCookie } from "../http1/cookies.ts";

/**
 * What ties a form to the browser that was shown it: the form's hidden field is a hash of a cookie that no other site can read, and with
 * the prefix `__Host-` none can set (OWASP's double submit). It needs no key: whoever could plant a cookie could plant one that fits.
 */
const FORM_COOKIE = "__Host-openclaw-edge-form";

const VALUE = /^[\w-]{22}$/;

/** The hidden field for a form, and the Set-Cookie value that goes with it where the browser has no such cookie yet. */
export function formToken(head: RequestHead): { readonly token: string; readonly setCookie: string | undefined } {
  const known = formCookie(head);
  if (known !== undefined) return { token: tokenOf(known), setCookie: undefined };
  const value = randomBytes(16).toString("base64url");
  return { token: tokenOf(value), setCookie: `${FORM_COOKIE}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax` };
}

/** Whether the form was shown to this browser. */
export function isOwnForm(head: RequestHead, token: string | undefined): boolean {
  const cookie = formCookie(head);
  if (cookie === undefined || token === undefined) return false;
  const [expected, given] = [Buffer.from(tokenOf(cookie)), Buffer.from(token)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function formCookie({ fields }: RequestHead): string | undefined {
  const value = onlyCookie(fields, FORM_COOKIE);
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

const tokenOf = (cookie: string): string => hash("sha256", `openclaw-edge form\n${cookie}`, "base64url");
