import { describe, expect, it } from "vitest";

import { isPossible, parseCredentials } from "../../../src/auth/basic/credentials.ts";

const encode = (credentials: string | Uint8Array): string => Buffer.from(credentials as string).toString("base64");

describe("malformed Basic credentials", () => {
  it.each([
    ["nothing after the scheme", "Basic"],
    ["only spaces after the scheme", "Basic   "],
    ["a tab after the scheme (RFC 9110 §11.4)", `Basic\t${encode("alice:secret")}`],
    ["a character that is no base64", `Basic ${encode("alice:secret")}!`],
    ["a space inside", `Basic YWxp Y2U6c2VjcmV0`],
    ["the URL-safe alphabet (RFC 7617 §2, RFC 4648 §4)", `Basic ${Buffer.from("alice:>>>???").toString("base64url")}`],
    ["missing padding", `Basic ${encode("alice:secre").replace(/=+$/, "")}`],
    ["too much padding", `Basic ${encode("alice:secret")}====`],
    ["padding in the middle", `Basic ${encode("alice:s")}${encode("ecret")}`],
    ["spare bits that are not zero (RFC 4648 §3.5)", "Basic YWxpY2U6YR=="],
    ["a second token", `Basic ${encode("alice:secret")}, Basic ${encode("alice:secret")}`],
    ["auth-params", `Basic realm="x"`],
    ["no colon", `Basic ${encode("alice")}`],
    ["an empty name", `Basic ${encode(":secret")}`],
    ["a name of 65 characters", `Basic ${encode(`${"a".repeat(65)}:secret`)}`],
    ["a comma in the name", `Basic ${encode("alice,bob:secret")}`],
    ["a line feed in the name", `Basic ${encode("alice\n:secret")}`],
    ["a trailing line feed in the name", `Basic ${encode("\nalice:secret")}`],
    ["letters outside ASCII in the name", `Basic ${encode("aliçe:secret")}`],
    ["NUL in the password (RFC 7617 §2), where bcrypt would stop", `Basic ${encode("alice:secret\0tail")}`],
    ["NUL in the name", `Basic ${encode("alice\0:secret")}`],
    ["DEL in the password", `Basic ${encode("alice:sec\u007fret")}`],
    ["a line feed in the password", `Basic ${encode("alice:secret\n")}`],
    ["Latin-1 octets in the password: no UTF-8", `Basic ${encode(Buffer.from("alice:pässwort", "latin1"))}`],
    ["an overlong UTF-8 form", `Basic ${encode(Buffer.from([...Buffer.from("alice:"), 0xc0, 0xaf]))}`],
    ["a UTF-8 surrogate", `Basic ${encode(Buffer.from([...Buffer.from("alice:"), 0xed, 0xa0, 0x80]))}`],
    ["UTF-8 cut short", `Basic ${encode(Buffer.from([...Buffer.from("alice:"), 0xe2, 0x82]))}`],
    ["16 KB without a colon", `Basic ${encode("a".repeat(12_288))}`],
    ["16 KB that are no base64", `Basic ${"!".repeat(16_384)}`],
  ])("are refused: %s", (_, value) => {
    expect(parseCredentials(value)).toEqual({ kind: "malformed" });
  });

  it.each([
    ["a name that a file can hold, and any password of up to 72 octets", "alice", "x".repeat(72), true],
    ["the same in letters of two octets", "alice", "ä".repeat(36), true],
    ["an empty password", "alice", "", true],
    ["73 octets, which bcrypt would cut (ASVS 6.2.8)", "alice", "x".repeat(73), false],
    ["36 letters of two octets and one more", "alice", `${"ä".repeat(36)}x`, false],
    ["12,000 octets", "alice", "x".repeat(12_000), false],
    ["NUL, where bcrypt would end", "alice", "secret\0secret", false],
    ["an empty name", "", "secret", false],
    ["a name with a comma", "alice,bob", "secret", false],
    ["a name of 100,000 letters", "a".repeat(100_000), "secret", false],
  ] as const)("somebody can have %s: only then is anything compared", (_, name, password, possible) => {
    expect(isPossible(name, password)).toBe(possible);
  });
});

describe("Basic credentials (RFC 7617)", () => {
  it.each(["Basic", "basic", "BASIC", "bAsIc"])("take the scheme in any case: %s", (scheme) => {
    expect(parseCredentials(`${scheme} ${encode("alice:secret")}`)).toEqual({ kind: "basic", name: "alice", password: "secret" });
  });

  it("take several spaces after the scheme (RFC 9110 §11.4: 1*SP)", () => {
    expect(parseCredentials(`Basic   ${encode("alice:secret")}`)).toEqual({ kind: "basic", name: "alice", password: "secret" });
  });

  it("split at the first colon: a password may hold colons, and may be empty", () => {
    expect(parseCredentials(`Basic ${encode("alice:a:b:c")}`)).toEqual({ kind: "basic", name: "alice", password: "a:b:c" });
    expect(parseCredentials(`Basic ${encode("alice:")}`)).toEqual({ kind: "basic", name: "alice", password: "" });
  });

  it("read the password as UTF-8, as the challenge asks (RFC 7617 §2.1)", () => {
    for (const password of ["pässwört", "пароль", "密码", "🦞🦞", "\uFEFFbegins with a BOM"]) {
      expect(parseCredentials(`Basic ${encode(`alice:${password}`)}`)).toEqual({ kind: "basic", name: "alice", password });
    }
  });

  it("take every character that a name may have, up to 64", () => {
    for (const name of ["a", "A.b_c@d+e-9", "x".repeat(64)]) {
      expect(parseCredentials(`Basic ${encode(`${name}:p`)}`)).toEqual({ kind: "basic", name, password: "p" });
    }
  });

  it.each(["Bearer abc", "Digest username=x", "", "Basically abc", "NotBasic YTpi"])("are not found in another scheme: %j", (value) => {
    expect(parseCredentials(value)).toEqual({ kind: "other" });
  });
});
