import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";

import { createKnownDevices, DEVICE_COOKIE, DEVICE_LIFE } from "../../../src/auth/throttle/known-device.ts";
import { exchange } from "../support.ts";

const KEY = randomBytes(32);
const devices = createKnownDevices(KEY);

const valueOf = (setCookie: string): string => setCookie.slice(0, setCookie.indexOf(";"));
const cookie = (...pairs: readonly string[]) => exchange({ lines: [`Cookie: ${pairs.join("; ")}`] }).head;

describe("a known device's cookie", () => {
  it("recognises the browser for the name that signed in from it, wherever it stands among others", () => {
    const value = valueOf(devices.setCookie("alice"));
    const id = devices.recognise(cookie(value), "alice");
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(devices.recognise(cookie("a=b", value, "c=d"), "alice")).toBe(id);
    expect(devices.recognise(exchange({ lines: ["Cookie: a=b", `Cookie: ${value}`] }).head, "alice")).toBe(id);
  });

  it("gives every sign-in a device of its own", () => {
    const ids = ["alice", "alice"].map((name) => devices.recognise(cookie(valueOf(devices.setCookie(name))), name));
    expect(new Set(ids).size).toBe(2);
  });

  it("is a cookie that no script reads, no other host sets and no plain HTTP carries (ASVS 3.3.1 to 3.3.4)", () => {
    expect(devices.setCookie("alice")).toMatch(
      new RegExp(`^${DEVICE_COOKIE}=[\\w.-]+; Path=/; Max-Age=${DEVICE_LIFE}; Secure; HttpOnly; SameSite=Lax$`),
    );
  });

  it("holds no name: who finds it learns nothing of whose it is", () => {
    const value = valueOf(devices.setCookie("alice"));
    for (const text of [value, ...value.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"))]) {
      expect(text).not.toContain("alice");
    }
  });

  it.each([
    ["for another name", (value: string) => [value], "bob"],
    ["for a name that goes on", (value: string) => [value], "alice2"],
    ["for an empty name", (value: string) => [value], ""],
    ["with a changed time", (value: string) => [value.replace("=", "=1")], "alice"],
    ["with a changed id", (value: string) => [value.replace(/\.(.)/, (_, first: string) => (first === "A" ? ".B" : ".A"))], "alice"],
    ["cut short", (value: string) => [value.slice(0, -1)], "alice"],
    ["lengthened", (value: string) => [`${value}A`], "alice"],
    ["without its MAC", (value: string) => [value.slice(0, value.lastIndexOf("."))], "alice"],
    ["twice", (value: string) => [value, value], "alice"],
    ["under a name with a weaker prefix", (value: string) => [value.replace("__Host-", "__Secure-")], "alice"],
    ["under a name without a prefix", (value: string) => [value.replace("__Host-", "")], "alice"],
    ["in quotes", (value: string) => [`${value.replace("=", '="')}"`], "alice"],
    ["of 8 KB", () => [`${DEVICE_COOKIE}=${"a".repeat(8_192)}`], "alice"],
    ["that is empty", () => [`${DEVICE_COOKIE}=`], "alice"],
  ] as const)("is not taken %s", (_, change, name) => {
    expect(devices.recognise(cookie(...change(valueOf(devices.setCookie("alice")))), name)).toBeUndefined();
  });

  it("is not taken from another edge, nor after 400 days, nor from far in the future", () => {
    const other = createKnownDevices(randomBytes(32));
    expect(devices.recognise(cookie(valueOf(other.setCookie("alice"))), "alice")).toBeUndefined();
    for (const made of [Date.now() - DEVICE_LIFE * 1_000 - 2_000, Date.now() + 2 * 86_400_000]) {
      const value = valueOf(createKnownDevices(KEY, () => made).setCookie("alice"));
      expect(devices.recognise(cookie(value), "alice")).toBeUndefined();
    }
  });

  it("survives a restart", () => {
    expect(createKnownDevices(KEY).recognise(cookie(valueOf(devices.setCookie("alice"))), "alice")).toBeDefined();
  });
});
