import { compareSync } from "bcryptjs";
import { describe, expect, it } from "vitest";

import { createDecoys } from "../../../src/auth/basic/decoy.ts";
import { parseHtpasswd } from "../../../src/auth/basic/htpasswd.ts";
import { bcrypt, usersSource } from "../support.ts";

const DIGEST = bcrypt("x").slice(7);
const withCosts = (...costs: readonly string[]) =>
  Object.fromEntries(costs.map((cost, index) => [`user${index}`, `$2b$${cost}$${DIGEST}`]));
const costOf = (hash: string): string => hash.slice(4, 6);

describe("the decoy of an unknown name", () => {
  it("is a whole bcrypt hash that the users file's own grammar takes and no password matches", () => {
    const decoy = createDecoys(usersSource(withCosts("04")))("nobody");
    expect(parseHtpasswd(`nobody:${decoy}`, "file").problems).toEqual([]);
    expect(compareSync("", decoy)).toBe(false);
    expect(compareSync("x", decoy)).toBe(false);
  });

  it("has the file's only cost", () => {
    const decoyOf = createDecoys(usersSource(withCosts("12", "12")));
    for (let index = 0; index < 100; index += 1) expect(costOf(decoyOf(`nobody${index}`))).toBe("12");
  });

  it("has the file's costs as often as the file's users have them", () => {
    const decoyOf = createDecoys(usersSource(withCosts("05", "10", "10", "10")));
    const cheap = Array.from({ length: 2_000 }, (_, index) => costOf(decoyOf(`nobody${index}`))).filter((cost) => cost === "05").length;
    expect(cheap).toBeGreaterThan(400);
    expect(cheap).toBeLessThan(600);
  });

  it("is always the same for a name: repeated tries show one cost, as a real user does, and so they do after a restart", () => {
    const users = usersSource(withCosts("05", "10"));
    const decoyOf = createDecoys(users);
    const restarted = createDecoys(users);
    for (let index = 0; index < 50; index += 1) {
      const name = `nobody${index}`;
      expect(decoyOf(name)).toBe(decoyOf(name));
      expect(costOf(restarted(name))).toBe(costOf(decoyOf(name)));
    }
  });

  it("cannot be foreseen by whoever does not have the file", () => {
    const one = createDecoys(usersSource({ a: bcrypt("x"), b: `$2b$10$${DIGEST}` }));
    const other = createDecoys(usersSource({ a: bcrypt("x"), b: `$2b$10$${DIGEST}` }));
    const names = Array.from({ length: 64 }, (_, index) => `nobody${index}`);
    expect(names.map((name) => costOf(one(name)))).not.toEqual(names.map((name) => costOf(other(name))));
  });

  it("follows the file when its costs change", () => {
    const users = usersSource(withCosts("05"));
    const decoyOf = createDecoys(users);
    expect(costOf(decoyOf("nobody"))).toBe("05");
    users.set(withCosts("10"));
    expect(costOf(decoyOf("nobody"))).toBe("10");
  });
});
