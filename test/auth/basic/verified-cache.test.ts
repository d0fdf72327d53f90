import { describe, expect, it } from "vitest";

import { createVerifiedCache } from "../../../src/auth/basic/verified-cache.ts";
import { User } from "../../../src/auth/user.ts";

const PASSWORD = "secret";
const HASH = "$2b$04$the-line-of-alice";
const alice = User.verified("alice");

describe("the verified-credential cache", () => {
  it("does not know a changed credential, another client prefix, or a joint moved between the two", () => {
    const cache = createVerifiedCache();
    cache.add(cache.key("alice", PASSWORD, "192.0.2.1"), alice, HASH);
    expect(cache.find(cache.key("alice", PASSWORD, "192.0.2.1"), "alice", HASH)).toBe(alice);
    expect(cache.find(cache.key("alice", `${PASSWORD} `, "192.0.2.1"), "alice", HASH)).toBeUndefined();
    expect(cache.find(cache.key("alice", PASSWORD, "192.0.2.2"), "alice", HASH)).toBeUndefined();
    expect(cache.key("bc", "d", "a")).not.toBe(cache.key("c", "d", "ab"));
    expect(cache.key("b", "cd", "a")).not.toBe(cache.key("bc", "d", "a"));
  });

  it("keys with this process's own randomness: two caches have no key in common, and none holds the credential", () => {
    const [one, other] = [createVerifiedCache(), createVerifiedCache()];
    expect(one.key("alice", PASSWORD, "192.0.2.1")).not.toBe(other.key("alice", PASSWORD, "192.0.2.1"));
    expect(one.key("alice", PASSWORD, "192.0.2.1")).toMatch(/^[\w-]{43}$/);
  });

  it("drops an entry when the user's line has another hash, is gone, or belongs to somebody else", () => {
    for (const [name, current] of [
      ["alice", "$2b$04$another"],
      ["alice", undefined],
      ["bob", HASH],
    ] as const) {
      const cache = createVerifiedCache();
      const key = cache.key("alice", PASSWORD, "192.0.2.1");
      cache.add(key, alice, HASH);
      expect(cache.find(key, name, current)).toBeUndefined();
      expect(cache.find(key, "alice", HASH)).toBeUndefined();
      expect(cache.size).toBe(0);
    }
  });

  it("forgets everything of the users who lost their right", () => {
    const cache = createVerifiedCache();
    const bob = User.verified("bob");
    for (const prefix of ["192.0.2.1", "192.0.2.2"]) cache.add(cache.key("alice", PASSWORD, prefix), alice, HASH);
    cache.add(cache.key("bob", "x", "192.0.2.1"), bob, HASH);
    cache.drop(new Set(["alice", "carol"]));
    expect(cache.size).toBe(1);
    expect(cache.find(cache.key("bob", "x", "192.0.2.1"), "bob", HASH)).toBe(bob);
  });

  it("stays within its bound; the entry unused for longest makes room", () => {
    const cache = createVerifiedCache({ capacity: 3 });
    for (const key of ["a", "b", "c"]) cache.add(key, alice, HASH);
    cache.find("a", "alice", HASH);
    cache.add("d", alice, HASH);
    expect(cache.size).toBe(3);
    expect(["a", "b", "c", "d"].filter((key) => cache.find(key, "alice", HASH) !== undefined)).toEqual(["a", "c", "d"]);
    for (let index = 0; index < 1_000; index += 1) cache.add(`key-${index}`, alice, HASH);
    expect(cache.size).toBe(3);
  });

  it("asks bcrypt again after its lifetime, counted from the check and not from the last use", () => {
    let now = 1_000;
    const cache = createVerifiedCache({ lifetime: 100, now: () => now });
    cache.add("key", alice, HASH);
    now = 1_099;
    expect(cache.find("key", "alice", HASH)).toBe(alice);
    now = 1_100;
    expect(cache.find("key", "alice", HASH)).toBeUndefined();
  });
});
