import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseFieldLines } from "../../src/http1/field-lines.ts";
import { Fields } from "../../src/http1/fields.ts";

const LINE = "GET / HTTP/1.1\r\n";

function parse(fields: string, limit = 100): [string, string][] | string {
  const parsed = parseFieldLines(`${LINE}${fields}\r\n`, LINE.length, limit);
  return parsed instanceof Fields ? parsed.names.map((name, index) => [name, parsed.values[index] ?? ""]) : parsed;
}

describe("Field lines (RFC 9112 §5)", () => {
  it("keep their order, their spelling and their repetitions (RFC 9110 §5.3)", () => {
    expect(parse("B: 1\r\na: 2\r\nb: 3\r\n")).toEqual([
      ["B", "1"],
      ["a", "2"],
      ["b", "3"],
    ]);
  });

  it("may be none", () => {
    expect(parse("")).toEqual([]);
  });

  it("lose the whitespace around their value and keep that within (§5)", () => {
    expect(parse("A:\t x \t y\t \r\nB:\r\nC: \t \r\nD:z\r\n")).toEqual([
      ["A", "x \t y"],
      ["B", ""],
      ["C", ""],
      ["D", "z"],
    ]);
  });

  it("carry every octet that a value may have, for any name and value", () => {
    const name = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}$/);
    const value = fc.stringMatching(/^([!-~\x80-\xff]([\t -~\x80-\xff]{0,30}[!-~\x80-\xff])?)?$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 10 }), (lines) => {
        expect(parse(lines.map(([key, text]) => `${key}: ${text}\r\n`).join(""))).toEqual(lines);
      }),
    );
  });

  it("are never accepted with a control octet anywhere in them (RFC 9110 §5.5)", () => {
    for (let octet = 0; octet < 256; octet++) {
      if (octet === 0x09 || (octet >= 0x20 && octet !== 0x7f)) continue;
      const char = String.fromCharCode(octet);
      const code = char === "\r" || char === "\n" ? "bad_line_end" : "bad_field";
      expect(parse(`A: b${char}c\r\n`), `${octet} in a value`).toBe(code);
      expect(parse(`A: ${char}c\r\n`), `${octet} before a value`).toBe(code);
      expect(parse(`A: b${char}\r\n`), `${octet} behind a value`).toBe(code);
      expect(parse(`A${char}: b\r\n`), `${octet} in a name`).toBe(code);
    }
  });

  it.each([" A: b\r\n", "\tA: b\r\n", "A: b\r\n c\r\n", "A: b\r\n\tc\r\n", "A: b\r\n \r\n"])("are not folded: %j (§5.2)", (text) =>
    expect(parse(text)).toBe("bad_field"),
  );

  it.each(["A : b\r\n", "A\t: b\r\n", ": b\r\n", "A\r\n", "A b: c\r\n", "A\xe9: b\r\n", '"A": b\r\n'])(
    "have a token and a colon at once behind it: not %j (§5.1)",
    (text) => {
      expect(parse(text)).toBe("bad_field");
    },
  );

  it.each(["A: b\n", "A: b\rC: d\r\n", "A: b\r\r\n", "A\r: b\r\n", "A: b\nC: d\r\n", "\rA: b\r\n", "A: b\r\n\rX: c\r\n"])(
    "end in CR LF and nothing else: not %j (§2.2)",
    (text) => {
      expect(parse(text)).toBe("bad_line_end");
    },
  );

  it("have no HTAB behind a Transfer-Encoding, which llhttp takes for a part of the coding (found by the differential)", () => {
    for (const behind of ["\t", " \t", "\t "]) expect(parse(`Transfer-ENCODING: chunked${behind}\r\n`)).toBe("bad_field");
    expect(parse("Transfer-Encoding:\t chunked \r\nContent-Length: 5\t\r\n")).toEqual([
      ["Transfer-Encoding", "chunked"],
      ["Content-Length", "5"],
    ]);
  });

  it("are bounded in number", () => {
    expect(parse("A: b\r\nC: d\r\n", 2)).toHaveLength(2);
    expect(parse("A: b\r\nC: d\r\nE: f\r\n", 2)).toBe("head_too_large");
  });
});

describe("Fields", () => {
  it("are found by their name in lower case, whatever the sender's spelling (RFC 9110 §5.1)", () => {
    const fields = parseFieldLines(`${LINE}Set-Cookie: a\r\nX: y\r\nSET-COOKIE: b\r\n\r\n`, LINE.length, 9) as Fields;
    expect(fields.first("set-cookie")).toBe("a");
    expect(fields.all("set-cookie")).toEqual(["a", "b"]);
    expect(fields.count("set-cookie")).toBe(2);
    expect(fields.length).toBe(3);
    expect(fields.first("Set-Cookie")).toBeUndefined();
    expect([fields.all("z"), fields.count("z")]).toEqual([[], 0]);
  });

  it("do not confuse a name with what every object has", () => {
    const fields = parseFieldLines(`${LINE}__proto__: a\r\nconstructor: b\r\n\r\n`, LINE.length, 9) as Fields;
    expect([fields.first("__proto__"), fields.first("constructor"), fields.first("tostring")]).toEqual(["a", "b", undefined]);
  });
});
