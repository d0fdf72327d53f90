import { describe, expect, it } from "vitest";

import { Fields } from "../../src/http1/fields.ts";
import { declaredFraming } from "../../src/http1/framing.ts";

function framing(lines: readonly (readonly [string, string])[], minor: 0 | 1 = 1): unknown {
  const fields = new Fields();
  for (const [name, value] of lines) fields.push(name, name.toLowerCase(), value);
  return declaredFraming(fields, minor);
}

const length = (value: string): unknown => framing([["Content-Length", value]]);
const coding = (value: string, minor: 0 | 1 = 1): unknown => framing([["Transfer-Encoding", value]], minor);

describe("The framing of a message (RFC 9112 §6)", () => {
  it("is undefined where neither field is there", () => {
    expect(framing([])).toBeUndefined();
    expect(
      framing([
        ["Content_Length", "5"],
        ["TE", "chunked"],
        ["X-Transfer-Encoding", "chunked"],
      ]),
    ).toBeUndefined();
  });

  it("is a length of plain decimal digits", () => {
    expect(length("5")).toEqual({ kind: "length", length: 5 });
    expect(length("007")).toEqual({ kind: "length", length: 7 });
    expect(length("999999999999999")).toEqual({ kind: "length", length: 999_999_999_999_999 });
    expect(framing([["Content-Length", "5"]], 0)).toEqual({ kind: "length", length: 5 });
  });

  it("is no body for a length of 0", () => {
    expect(length("0")).toEqual({ kind: "none" });
    expect(length("000")).toEqual({ kind: "none" });
  });

  it.each([
    "",
    "+5",
    "-5",
    "-0",
    "0x5",
    "5.0",
    "5e0",
    "1_0",
    "5,5",
    "5, 5",
    "5 5",
    "5;",
    '"5"',
    "five",
    "\xb2",
    "5\n",
    " 5",
    "1000000000000000",
    "18446744073709551617",
    "NaN",
    "Infinity",
  ])("is ambiguous for the length %j (RFC 9110 §8.6)", (value) => expect(length(value)).toBe("ambiguous"));

  it("is chunked for exactly that coding, in any case (§7)", () => {
    expect(coding("chunked")).toEqual({ kind: "chunked" });
    expect(coding("cHuNkEd")).toEqual({ kind: "chunked" });
  });

  // oxfmt-ignore
  it.each([
    "", "identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked,", ",chunked", "xchunked", "chunkedx", "chunked;a=b", '"chunked"', "\xa0chunked", "chunked ",
  ])("is ambiguous for the coding %j (§6.1)", (value) => expect(coding(value)).toBe("ambiguous"));

  it("is ambiguous for a coding in HTTP/1.0 (§6.1)", () => {
    expect(coding("chunked", 0)).toBe("ambiguous");
  });

  it("is ambiguous with both fields, in either order (§6.3)", () => {
    expect(
      framing([
        ["Content-Length", "5"],
        ["Transfer-Encoding", "chunked"],
      ]),
    ).toBe("ambiguous");
    expect(
      framing([
        ["Transfer-Encoding", "chunked"],
        ["Content-Length", "0"],
      ]),
    ).toBe("ambiguous");
    expect(
      framing([
        ["Transfer-Encoding", "identity"],
        ["Content-Length", "5"],
      ]),
    ).toBe("ambiguous");
  });

  it("is ambiguous with either field repeated, even equally (§6.3)", () => {
    expect(
      framing([
        ["Content-Length", "5"],
        ["content-length", "5"],
      ]),
    ).toBe("ambiguous");
    expect(
      framing([
        ["Transfer-Encoding", "chunked"],
        ["TRANSFER-ENCODING", "chunked"],
      ]),
    ).toBe("ambiguous");
  });
});
