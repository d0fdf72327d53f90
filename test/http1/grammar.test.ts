import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { consistsOf, FIELD_OCTET, isToken, TARGET_OCTET, TCHAR, tokenList, trimOws } from "../../src/http1/grammar.ts";

const ALL = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet));
const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet)) });
const token = fc.string({ unit: fc.constantFrom(...ALL.filter((char) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(char))), minLength: 1 });
const ows = fc.string({ unit: fc.constantFrom(" ", "\t"), maxLength: 3 });

const members = (table: Uint8Array): string => ALL.filter((char) => table[char.charCodeAt(0)] === 1).join("");

describe("The character classes", () => {
  it("tchar is what RFC 9110 §5.6.2 lists", () => {
    expect(members(TCHAR)).toBe("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
  });

  it("a field octet is HTAB, SP, VCHAR or obs-text (RFC 9110 §5.5)", () => {
    expect(members(FIELD_OCTET)).toBe(ALL.filter((char) => /^[\t\x20-\x7e\x80-\xff]$/.test(char)).join(""));
  });

  it('a target octet is visible ASCII without # " < >, which nobody sends', () => {
    expect(members(TARGET_OCTET)).toBe(ALL.filter((char) => /^[!-~]$/.test(char) && !'#"<>'.includes(char)).join(""));
  });
});

describe("consistsOf and isToken", () => {
  it("look at every octet of the part that is asked for, and want at least one", () => {
    expect(consistsOf("a b", TCHAR)).toBe(false);
    expect(consistsOf("a b", TCHAR, 2)).toBe(true);
    expect(consistsOf("a b", TCHAR, 0, 1)).toBe(true);
    expect(consistsOf("a b", TCHAR, 1, 1)).toBe(false);
    expect(isToken("")).toBe(false);
  });

  it("say what the regular expression of a token says, for any text", () => {
    fc.assert(fc.property(fc.oneof(latin1, token), (text) => isToken(text) === /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)));
  });

  it("take no character beyond latin1 for an octet", () => {
    expect(isToken("chun\u212aed")).toBe(false);
    expect(isToken("\u0161")).toBe(false);
  });
});

describe("trimOws", () => {
  it("removes SP and HTAB from both ends and nothing else, for any text (RFC 9110 §5.6.3)", () => {
    fc.assert(
      fc.property(
        ows,
        latin1,
        ows,
        (before, text, after) => trimOws(before + text + after) === text.replace(/^[ \t]+/, "").replace(/[ \t]+$/, ""),
      ),
    );
  });

  it.each(["\v", "\f", "\xa0", "\x85", "\r", "\n", "\0"])("leaves %j, which String.trim or isspace() would take away", (char) => {
    expect(trimOws(`${char}a${char}`)).toBe(`${char}a${char}`);
  });
});

describe("tokenList", () => {
  it("gives the members in lower case, whatever whitespace and empty members lie between (RFC 9110 §5.6.1)", () => {
    const separator = fc.tuple(ows, fc.constantFrom(",", ",,", ", ,\t,"), ows).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(fc.tuple(token, separator)), ows, (list, edge) => {
        const text = edge + list.map(([member, behind]) => member + behind).join("");
        expect(tokenList(text)).toEqual(list.map(([member]) => member.toLowerCase()));
      }),
    );
  });

  it("is undefined as soon as one member is no token", () => {
    fc.assert(
      fc.property(fc.array(token), latin1, fc.array(token), (before, text, after) => {
        const isList = text.split(",").every((member) => /^[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]*[ \t]*$/.test(member));
        expect(tokenList([...before, text, ...after].join(",")) !== undefined).toBe(isList);
      }),
    );
  });

  it.each(["close x", '"close"', "close;q=1", "close\v", "a, b c", "\xe9"])("refuses %j", (text) => {
    expect(tokenList(text)).toBeUndefined();
  });
});
