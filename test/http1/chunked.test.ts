import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CHUNK_END, ChunkedDecoder, chunkStart, LAST_CHUNK } from "../../src/http1/chunked.ts";
import { byteByByte, cutAt, octets } from "./differential/reads.ts";

interface Decoded {
  readonly body: string;
  readonly ending: "complete" | "incomplete" | "malformed";
  /** What stands behind the body. */
  readonly rest: string;
}

/** Decodes the reads one after the other, as a connection brings them. */
function decode(reads: readonly Uint8Array[]): Decoded {
  const decoder = new ChunkedDecoder();
  let body = "";
  for (const [index, read] of reads.entries()) {
    const end = decoder.decode(read, 0, read.length, (bytes, start, stop) => {
      body += Buffer.from(bytes.subarray(start, stop)).toString("latin1");
    });
    if (end < 0) return { body, ending: "malformed", rest: "" };
    if (decoder.complete)
      return { body, ending: "complete", rest: Buffer.concat([read.subarray(end), ...reads.slice(index + 1)]).toString("latin1") };
    if (end !== read.length) throw new Error(`it took ${end} of ${read.length} octets and is not complete`);
  }
  return { body, ending: "incomplete", rest: "" };
}

const whole = (text: string): Decoded => decode([octets(text)]);

describe("A chunked body (RFC 9112 §7.1)", () => {
  it("is what its chunks carry, and what stands behind it stays", () => {
    expect(whole("5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nX: y\r\n\r\nGET /")).toEqual({ body: "hello!", ending: "complete", rest: "GET /" });
    expect(whole("0\r\n\r\n")).toEqual({ body: "", ending: "complete", rest: "" });
    expect(whole("A\r\n\r\n0\r\n\r\n\r\n0\r\n0\r\n\r\n")).toEqual({ body: "\r\n0\r\n\r\n\r\n0", ending: "complete", rest: "" });
  });

  const BODY = '00c;ext="a;b"\r\nhello, world\r\nA\r\n0\r\n\r\n0\r\n\r\n\r\n00\r\nX-Trailer: t\r\nY:\r\n\r\n';
  const CONTENT = "hello, world0\r\n\r\n0\r\n\r\n";

  it("is the same wherever it is cut in two or three, and byte by byte", () => {
    const bytes = octets(`${BODY}GET /next`);
    const expected = { body: CONTENT, ending: "complete", rest: "GET /next" };
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) expect(decode(cutAt(bytes, [first, second]))).toEqual(expected);
    }
    expect(decode(byteByByte(bytes))).toEqual(expected);
  });

  it("is complete at its very last octet and not before", () => {
    for (let length = 0; length < BODY.length; length++) expect(whole(BODY.slice(0, length)).ending, `${length} octets`).toBe("incomplete");
    expect(whole(BODY).ending).toBe("complete");
  });

  it("gives its octets as soon as they are there, and none twice", () => {
    for (let length = 0; length < BODY.length; length++) expect(CONTENT.startsWith(whole(BODY.slice(0, length)).body)).toBe(true);
    expect(whole("5\r\nhel").body).toBe("hel");
  });

  it("is read from the middle of a buffer that goes on behind `end`", () => {
    const bytes = octets("xx5\r\nhello\r\n0\r\n\r\nyy");
    let body = "";
    const end = new ChunkedDecoder().decode(
      bytes,
      2,
      bytes.length - 2,
      (from, start, stop) => (body += Buffer.from(from.subarray(start, stop)).toString()),
    );
    expect([body, end]).toEqual(["hello", bytes.length - 2]);
    expect(new ChunkedDecoder().decode(bytes, 2, 8, () => undefined)).toBe(8);
  });

  it("reads the size as any hexadecimal number of up to 7 digits", () => {
    for (const [size, octetCount] of [
      ["a", 10],
      ["F", 15],
      ["0000010", 16],
      ["fF", 255],
      ["1000", 4096],
    ] as const) {
      expect(whole(`${size}\r\n${"x".repeat(octetCount)}\r\n0\r\n\r\n`)).toMatchObject({
        body: "x".repeat(octetCount),
        ending: "complete",
      });
    }
    expect(whole("fffffff\r\nx")).toEqual({ body: "x", ending: "incomplete", rest: "" });
  });

  // oxfmt-ignore
  it.each([
    "00000001\r\n", "10000000\r\n", "100000005\r\n", "\r\n", ";a\r\n", "g\r\n", "5g\r\n", " 5\r\n", "5 \r\n", "5\t\r\n", "5 ;a\r\n", "+5\r\n", "-5\r\n", "0x5\r\n", "5_\r\n", "5,5\r\n", "5.\r\n",
    "\xb5\r\n", "5\0\r\n", "@\r\n", "`\r\n", "G\r\n", ":\r\n", "/\r\n", "\x10\r\n", "\x11\r\n",
  ])("refuses the size line %j", (text) => expect(whole(`${text}hello\r\n0\r\n\r\n`)).toMatchObject({ body: "", ending: "malformed" }));

  it("takes no octet for a hexadecimal digit but the 22", () => {
    for (let octet = 0; octet < 256; octet++) {
      const char = String.fromCharCode(octet);
      if (char === ";" || char === "\r") continue;
      expect(whole(`1${char}`).ending === "incomplete", `${octet}`).toBe(/[0-9A-Fa-f]/.test(char));
    }
  });

  it.each([
    "5\nhello\r\n0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhello\r\n0\n\r\n",
    "5\r\nhello\r\n0\r\n\n",
    "5;a\nhello\r\n0\r\n\r\n",
    "0\r\nX: y\n\r\n",
  ])("ends its lines in CR LF: not %j (CVE-2025-22871)", (text) => expect(whole(text).ending).toBe("malformed"));

  it.each([
    "5\rhello\r\n",
    "5\r\r\nhello\r\n",
    "5\r\nhello\r0\r\n",
    "5\r\nhelloXX0\r\n",
    "5\r\nhello!\r\n",
    "5\r\nhello0\r\n",
    "0\r\r\n",
    "0\r\n\rX",
  ])("refuses other octets in the place of CR LF: %j", (text) => {
    expect(whole(text).ending).toBe("malformed");
  });

  it("has CR LF in each of its line ends, and no other octet in either place", () => {
    const lines = ["5", "hello", "0", ""];
    for (let line = 0; line < lines.length; line++) {
      for (let octet = 0; octet < 256; octet++) {
        const char = String.fromCharCode(octet);
        const written = (end: string): string => lines.map((text, index) => text + (index === line ? end : "\r\n")).join("");
        if (char !== "\n") expect(whole(written(`\r${char}`)).ending, `CR and ${octet} behind line ${line}`).toBe("malformed");
        // Behind the two sizes, some octets go on with the size or begin an extension or a trailer: what comes next is then no line end.
        if (char !== "\r") expect(whole(written(`${char}\n`)).ending, `${octet} and LF behind line ${line}`).toBe("malformed");
      }
    }
  });

  it("reads over up to 256 octets of extensions on every chunk and refuses more (CVE-2023-39326, CVE-2024-22019)", () => {
    const chunk = `1;${"e".repeat(256)}\r\nx\r\n`;
    expect(whole(`${chunk.repeat(20)}0\r\n\r\n`)).toEqual({ body: "x".repeat(20), ending: "complete", rest: "" });
    expect(whole(`1;${"e".repeat(257)}\r\nx\r\n`).ending).toBe("malformed");
    expect(decode(byteByByte(octets(`1;${"e".repeat(257)}`))).ending).toBe("malformed");
  });

  it.each(["\0", "\x01", "\v", "\x7f", "\n"])("refuses %j in an extension", (char) =>
    expect(whole(`1;a${char}b\r\nx\r\n`).ending).toBe("malformed"),
  );

  it.each(["a", "a;b", "a=b", "a=b;c", 'a=""', 'a="b c;\\"\\\\,\t"', 'a="é";b=c'])("reads over the extension %s (§7.1.1)", (extension) =>
    expect(whole(`1;${extension}\r\nx\r\n0\r\n\r\n`)).toEqual({ body: "x", ending: "complete", rest: "" }),
  );

  it.each(["", ";", "a;", "a b", " a", "a =b", "a= b", "a=", "=b", "a=b=c", 'a="', 'a="b"c', 'a=b"c"', '"a"', "a,b", "a=\\"])(
    "refuses %j, which is no extension (§7.1.1)",
    (extension) => expect(whole(`1;${extension}\r\nx\r\n0\r\n\r\n`).ending).toBe("malformed"),
  );

  it("validates trailer fields and drops them (§7.1.2)", () => {
    expect(whole("1\r\nx\r\n0\r\nA: b\r\nC:d\r\nE:\r\nContent-Length: 5\r\n\r\nrest")).toEqual({
      body: "x",
      ending: "complete",
      rest: "rest",
    });
  });

  it.each([
    "A : b\r\n",
    " A: b\r\n",
    ": b\r\n",
    "A\r\n",
    "A: b\r\n c\r\n",
    "A: \0\r\n",
    "A: b\rc\r\n",
    "\xe9: b\r\n",
    "GET / HTTP/1.1\r\n",
  ])("refuses the trailer %j (§5)", (text) => {
    expect(whole(`0\r\n${text}\r\n`).ending).toBe("malformed");
  });

  it("bounds the octets of trailers, in one field or in many", () => {
    expect(whole(`0\r\nA: ${"t".repeat(8_190)}\r\n\r\n`).ending).toBe("complete");
    expect(whole(`0\r\nA: ${"t".repeat(8_191)}\r\n\r\n`).ending).toBe("malformed");
    expect(whole(`0\r\n${"A:b\r\n".repeat(4_097)}\r\n`).ending).toBe("malformed");
  });

  it("stays malformed", () => {
    const decoder = new ChunkedDecoder();
    expect(decoder.decode(octets("x"), 0, 1, () => undefined)).toBe(-1);
    expect(decoder.decode(octets("0\r\n\r\n"), 0, 5, () => undefined)).toBe(-1);
    expect(decoder.complete).toBe(false);
  });

  it("written by us is read back as it was, for any content however it is chunked and cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
        fc.array(fc.nat(300), { maxLength: 6 }),
        (chunks, cuts) => {
          const written = Buffer.concat([
            ...chunks.flatMap((chunk) => [octets(chunkStart(chunk.length)), chunk, octets(CHUNK_END)]),
            octets(LAST_CHUNK),
          ]);
          expect(decode(cutAt(written, cuts))).toEqual({ body: Buffer.concat(chunks).toString("latin1"), ending: "complete", rest: "" });
        },
      ),
    );
  });

  it("has one reading however it is cut, for any octets at all", () => {
    const piece = fc.oneof(
      fc.constantFrom("5\r\nhello\r\n", "0\r\n\r\n", "1;a\r\nx\r\n", "0\r\n", "A: b\r\n", "\r\n", "\n", "\r", "f", ";", "3\r\n"),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 5 }), (pieces, cuts) => {
        const bytes = octets(pieces.join(""));
        expect(decode(cutAt(bytes, cuts))).toEqual(decode([bytes]));
        expect(decode(byteByByte(bytes))).toEqual(decode([bytes]));
      }),
      { numRuns: 1_000 },
    );
  });
});
