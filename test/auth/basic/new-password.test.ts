import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { COMMON_PASSWORDS } from "../../../src/auth/basic/common-passwords.ts";
import { parseCredentials } from "../../../src/auth/basic/credentials.ts";
import { readNewPassword } from "../../../src/auth/basic/new-password.ts";
import { makePassphrase } from "../../../src/auth/basic/passphrase.ts";
import { basic } from "../../support/edge.ts";

const CONTEXT = { name: "alice", domains: ["ai.example.com", "192.168.1.20"], allowWeak: false };
const read = (password: string, context: Partial<typeof CONTEXT> = {}) => readNewPassword(password, { ...CONTEXT, ...context });
const whatOf = (password: string, context: Partial<typeof CONTEXT> = {}) => {
  const result = read(password, context);
  if (result.kind === "refused") expect(JSON.stringify(result)).not.toContain(password === "" ? "\0" : password);
  return result.kind === "refused" ? result.what : "good";
};

describe("a new password is refused", () => {
  test.each([
    ["", "empty"],
    ["elevenchars", "11 characters; the least is 12"],
    ["é".repeat(37), "74 octets, and bcrypt takes 72"],
    ["x1".repeat(37), "74 octets"],
    ["zebra\tlamp anvil", "control characters"],
    ["zebra\0lamp anvil", "control characters"],
    ["Password1234", "most common"],
    ["P@ssw0rd!2024", "most common"],
    ["!!Welcome2024!!", "most common"],
    ["iLoveYou12345", "most common"],
    ["5un5hine5un-2024", "two of the most common"],
    ["dragonmaster99", "two of the most common"],
    ["$unshine1234", "most common"],
    ["123456789012", "run of neighbouring"],
    ["qwertyuiop123", "run of neighbouring"],
    ["1q2w3e4r5t6y", "run of neighbouring"],
    ["ZAQ12wsxCDE3", "run of neighbouring"],
    ["aaaaaaaaaaab", "same few characters"],
    ["hunter2hunter2", "shorter word, repeated"],
    ["alice1234567", "user's name or the host's"],
    ["Alice.Alice.2024", "user's name or the host's"],
    ["ai.example.com", "user's name or the host's"],
    ["example-2024-ai", "user's name or the host's"],
    ["Alice-OpenClaw-1", "two of the most common"],
  ])("%j: %s", (password, what) => {
    expect(whatOf(password)).toContain(what);
  });

  test("with --allow-weak from 8 characters on, and for everything else as before", () => {
    expect(whatOf("zk7mq3vx")).toContain("8 characters; the least is 12");
    expect(whatOf("zk7mq3vx", { allowWeak: true })).toBe("good");
    expect(whatOf("zk7mq3v", { allowWeak: true })).toContain("the least is 8");
    expect(whatOf("Password1", { allowWeak: true })).toContain("most common");
    expect(whatOf("alice123", { allowWeak: true })).toContain("user's name");
  });
});

describe("a new password is taken", () => {
  test.each([
    "correct horse battery staple",
    "zebra lamp anvil",
    "Tr0ub4dor&3xyz",
    "geht-nicht-gibts-nicht",
    "пароль для двери",
    "k7mq-3vxh-9ptr-2wbd",
    "'; rm -rf / #",
  ])("%j", (password) => expect(whatOf(password)).toBe("good"));

  test("72 octets are", () => expect(whatOf("zebra lamp anvil ".repeat(4) + "ähm")).toBe("good"));

  test("in the composed form, whatever the keyboard sent (RFC 8265 §4.2)", () => {
    const result = read("zebra lamp a\u0301nvil");
    expect(result.kind === "good" && result.password).toBe("zebra lamp \u00e1nvil");
  });

  test("only if it can be used to sign in, and so it is with all that are taken", () => {
    for (const password of ["zebra:lamp:anvil", " zebra lamp anvil ", "пароль для двери"]) {
      expect(whatOf(password)).toBe("good");
      expect(parseCredentials(basic("alice", password))).toMatchObject({ kind: "basic", password });
    }
  });
});

describe("a made passphrase", () => {
  test("has five words of five letters, is taken by the rules, and is another each time", () => {
    const made = Array.from({ length: 500 }, makePassphrase);
    expect(new Set(made).size).toBe(500);
    for (const passphrase of made) {
      expect(passphrase).toMatch(/^([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz](-|$)){5}$/);
      expect(whatOf(passphrase)).toBe("good");
    }
    // 16 bits a word: 16 consonants and 4 vowels, all of which occur.
    const letters = made.join("").replaceAll("-", "");
    expect(new Set(letters).size).toBe(20);
  });
});

test("the list of common passwords is small, of letters, and without repetitions", () => {
  expect(readFileSync(new URL("../../../src/auth/basic/common-passwords.ts", import.meta.url)).length).toBeLessThan(61_440);
  expect(COMMON_PASSWORDS.length).toBeGreaterThan(3_000);
  expect(new Set(COMMON_PASSWORDS).size).toBe(COMMON_PASSWORDS.length);
  expect(COMMON_PASSWORDS.filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
});
