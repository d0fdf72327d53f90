import { describe, expect, it } from "vitest";

import type { Framing } from "../../src/exchange.ts";
import { BodyReader } from "../../src/http1/body-reader.ts";
import { byteByByte, cutAt, octets } from "./differential/reads.ts";

function read(framing: Framing, reads: readonly Uint8Array[]): { body: string; complete: boolean; rest: string } {
  const reader = new BodyReader(framing);
  let body = "";
  for (const [index, bytes] of reads.entries()) {
    if (reader.complete) return { body, complete: true, rest: Buffer.concat(reads.slice(index)).toString("latin1") };
    const end = reader.read(
      bytes,
      0,
      bytes.length,
      (from, start, stop) => (body += Buffer.from(from.subarray(start, stop)).toString("latin1")),
    );
    if (reader.complete)
      return { body, complete: true, rest: Buffer.concat([bytes.subarray(end), ...reads.slice(index + 1)]).toString("latin1") };
    expect(end).toBe(bytes.length);
  }
  return { body, complete: reader.complete, rest: "" };
}

describe("A body (RFC 9112 §6.3)", () => {
  it.each([
    ["none", { kind: "none" }, "", ""],
    ["of a length", { kind: "length", length: 11 }, "hello\r\n\r\n\xff\0", "hello\r\n\r\n\xff\0"],
    ["chunked", { kind: "chunked" }, "5\r\nhello\r\n0\r\n\r\n", "hello"],
  ] as const)("that is %s ends in the same place wherever it is cut", (_, framing, sent, body) => {
    const bytes = octets(`${sent}NEXT`);
    const expected = { body, complete: true, rest: "NEXT" };
    for (let cut = 0; cut <= bytes.length; cut++) expect(read(framing, cutAt(bytes, [cut])), `cut at ${cut}`).toEqual(expected);
    expect(read(framing, byteByByte(bytes))).toEqual(expected);
  });

  it("that is none is complete from the start", () => {
    expect(new BodyReader({ kind: "none" }).complete).toBe(true);
    expect(new BodyReader({ kind: "length", length: 1 }).complete).toBe(false);
    expect(new BodyReader({ kind: "chunked" }).complete).toBe(false);
  });

  it("of a length is not complete one octet earlier", () => {
    expect(read({ kind: "length", length: 5 }, [octets("hell")])).toEqual({ body: "hell", complete: false, rest: "" });
  });

  it("may be longer than 4 GiB", () => {
    const reader = new BodyReader({ kind: "length", length: 2 ** 33 });
    const block = new Uint8Array(2 ** 20);
    for (let count = 0; count < 2 ** 13 - 1; count++) reader.read(block, 0, block.length, () => undefined);
    expect(reader.complete).toBe(false);
    expect(reader.read(new Uint8Array(2 ** 20 + 1), 0, 2 ** 20 + 1, () => undefined)).toBe(2 ** 20);
    expect(reader.complete).toBe(true);
  });

  it("until the connection closes is never complete by itself", () => {
    expect(read({ kind: "until-close" }, [octets("a"), octets("0\r\n\r\n")])).toEqual({ body: "a0\r\n\r\n", complete: false, rest: "" });
  });

  it("that is malformed says so with -1", () => {
    expect(new BodyReader({ kind: "chunked" }).read(octets("x"), 0, 1, () => undefined)).toBe(-1);
  });

  it("never hands on an empty piece: a zero-length write is a trap on a TLS socket", () => {
    for (const framing of [{ kind: "none" }, { kind: "length", length: 2 }, { kind: "chunked" }, { kind: "until-close" }] as const) {
      expect(new BodyReader(framing).read(octets("abc"), 1, 1, () => expect.unreachable("an empty piece"))).toBe(1);
    }
    for (const [framing, text] of [
      [{ kind: "none" }, "x"],
      [{ kind: "length", length: 2 }, "abc"],
      [{ kind: "chunked" }, "1\r\na\r\n0\r\n\r\n"],
    ] as const) {
      for (let cut = 0; cut <= text.length; cut++) {
        const reader = new BodyReader(framing);
        for (const bytes of cutAt(octets(text), [cut])) {
          if (!reader.complete) reader.read(bytes, 0, bytes.length, (_bytes, start, end) => expect(end).toBeGreaterThan(start));
        }
      }
    }
  });
});
