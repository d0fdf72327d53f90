/**
 * The cookie of a browser that has signed in before. It signs nobody in: whoever sends it is throttled by a budget of his own, so that
 * strangers who guess at a name can't lock its owner out of a device he uses.
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

import { onlyCookie } from "../../http1/cookies.ts";
import type { RequestHead } from "../../exchange.ts";

export const DEVICE_COOKIE = "__Host-openclaw-edge-device";

/** Seconds: 400 days, the longest that browsers keep a cookie. Every sign-in begins them anew. */
export const DEVICE_LIFE = 34_560_000;

export interface KnownDevices {
  /** The value of a Set-Cookie field, for a browser from which `name` has just signed in. */
  setCookie(name: string): string;
  /** The device's id, when the request carries a cookie that was made for just this name. Whose it is otherwise, nobody learns. */
  recognise(head: RequestHead, name: string): string | undefined;
}

/** Milliseconds by which a cookie may come from the future: the clock was set back. */
const CLOCK_SLACK = 86_400_000;

/** When it was made (base 36, seconds since the epoch), an id of 128 bits, and the MAC over both and the name. */
const VALUE = /^([0-9a-z]{1,9})\.([\w-]{22})\.([\w-]{43})$/;

/** @param secret the key of the state directory; whoever has it can make cookies, and with them budgets without end */
export function createKnownDevices(secret: Uint8Array, now: () => number = Date.now): KnownDevices {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "openclaw-edge known-device", 32));
  // Neither the time nor the id holds a dot, and whatever follows the last dot is the name: the joint is unambiguous.
  const macOf = (made: string, id: string, name: string): Buffer => createHmac("sha256", key).update(`${made}.${id}.${name}`).digest();

  return {
    setCookie(name) {
      const made = Math.floor(now() / 1_000).toString(36);
      const id = randomBytes(16).toString("base64url");
      const value = `${made}.${id}.${macOf(made, id, name).toString("base64url")}`;
      return `${DEVICE_COOKIE}=${value}; Path=/; Max-Age=${DEVICE_LIFE}; Secure; HttpOnly; SameSite=Lax`;
    },

    recognise(head, name) {
      const [, made, id, mac] = VALUE.exec(onlyCookie(head.fields, DEVICE_COOKIE) ?? "") ?? [];
      if (made === undefined || id === undefined || mac === undefined) return undefined;
      const age = now() - Number.parseInt(made, 36) * 1_000;
      if (age < -CLOCK_SLACK || age > DEVICE_LIFE * 1_000) return undefined;
      const given = Buffer.from(mac, "base64url");
      const expected = macOf(made, id, name);
      return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
    },
  };
}
