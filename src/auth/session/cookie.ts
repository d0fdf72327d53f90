/**
 * The session's cookie. The prefix `__Host-` makes browsers refuse it from a sub-domain, over plain HTTP, or for a part of the site
 * (RFC 6265bis §4.1.3.2); HttpOnly keeps scripts away from it, and SameSite=Lax other sites' posts (OWASP ASVS 5.0, 3.3.1 to 3.3.4).
 */
export const SESSION_COOKIE = "__Host-openclaw-edge";

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";

/**
 * Seconds: 400 days, the longest that browsers take. How long a session lasts is the edge's own decision. Its cookie stays longer, because
 * it tells that a session has ended: without it, a browser would sign in again by the password that it keeps for Basic.
 */
const KEPT = 34_560_000;

/** A session's id: 256 random bits in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export const isSecret = (value: string): boolean => SECRET.test(value);

/** The Set-Cookie value that begins a session. */
export const sessionCookie = (secret: string): string => `${SESSION_COOKIE}=${secret}; ${ATTRIBUTES}; Max-Age=${KEPT}`;

/** What the cookie holds after signing out: no session's id. */
export const SIGNED_OUT = "signed-out";

/**
 * The Set-Cookie value of somebody who signed out. Basic beside it is not taken. It lives as long as the browser runs,
 * and so does the password that the browser keeps for Basic.
 */
export const SIGNED_OUT_COOKIE = `${SESSION_COOKIE}=${SIGNED_OUT}; ${ATTRIBUTES}`;
