import { describe, expect, it } from "vitest";

import { hashOfPass, holdsPass, newPass, PASS_ID, readPass } from "../../../src/auth/pass/pass-text.ts";

describe("a device pass", () => {
  it("is recognisable, has 256 bits, and fits into any field, URL and shell without quotes", () => {
    const { id, text } = newPass();
    expect(text).toMatch(/^oce_[a-z2-9]{10}_[A-Za-z0-9]{43}$/);
    expect(id).toMatch(PASS_ID);
    expect(readPass(text)).toEqual({ id, text });
    expect(Math.log2(62) * 43).toBeGreaterThan(256);
  });

  it("is another one every time, and uses every letter", () => {
    const texts = Array.from({ length: 2_000 }, () => newPass().text);
    expect(new Set(texts).size).toBe(2_000);
    expect(new Set(texts.map((text) => text.slice(15)).join("")).size).toBe(62);
  });

  it.each([
    ["cut short", (text: string) => text.slice(0, -1)],
    ["lengthened", (text: string) => `${text}A`],
    ["in capitals", (text: string) => text.toUpperCase()],
    ["with a space behind it", (text: string) => `${text} `],
    ["with a line feed behind it", (text: string) => `${text}\n`],
    ["without its mark", (text: string) => text.slice(4)],
    ["without its secret", (text: string) => text.slice(0, 15)],
    ["of 100 KB", (text: string) => text + "A".repeat(100_000)],
    ["empty", () => ""],
  ])("is none when it is %s", (_, change) => {
    expect(readPass(change(newPass().text))).toBeUndefined();
  });

  it("is found in whatever it is wrapped in, even cut short, and in nothing else", () => {
    const { text } = newPass();
    for (const value of [text, `Bearer ${text}`, `Token token="${text}"`, `a=b; c=${text}; d=e`, text.slice(0, 30), `x${text}x`]) {
      expect(holdsPass(value)).toBe(true);
    }
    for (const value of [
      "",
      "oce_",
      "oce_docs_and_more_words_about_something_else",
      "voce_di_popolo",
      "x".repeat(16_000),
      text.slice(0, 16),
    ]) {
      expect(holdsPass(value)).toBe(false);
    }
  });

  it("leaves nothing of itself in what is kept", () => {
    const { text } = newPass();
    expect(hashOfPass(text)).toMatch(/^[\w-]{43}$/);
    expect(hashOfPass(text)).not.toBe(hashOfPass(newPass().text));
  });
});
