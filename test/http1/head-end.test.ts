import { describe, expect, it } from "vitest";

import { BARE_LF, findHeadEnd, INCOMPLETE } from "../../src/http1/head-end.ts";
import { octets } from "./differential/reads.ts";

const end = (text: string, start = 0): number => findHeadEnd(octets(text), start, text.length);
const HEAD = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

describe("The end of a head", () => {
  it("is behind the first empty line (RFC 9112 §2.1)", () => {
    expect(end(HEAD)).toBe(HEAD.length);
    expect(end(`${HEAD}body\r\n\r\nmore`)).toBe(HEAD.length);
    expect(end("GET / HTTP/1.1\r\n\r\n"), "a head without fields").toBe(18);
  });

  it("is not there in any shorter piece of the head", () => {
    for (let length = 0; length < HEAD.length; length++) expect(end(HEAD.slice(0, length)), `${length} octets`).toBe(INCOMPLETE);
  });

  it("is looked for between start and end only", () => {
    const bytes = octets(`x\n\r\n\r\n${HEAD}\n`);
    expect(findHeadEnd(bytes, 6, bytes.length - 1)).toBe(bytes.length - 1);
    expect(findHeadEnd(bytes, 6, bytes.length - 2)).toBe(INCOMPLETE);
  });

  it("is not an empty line at the very start: the caller skips that one (RFC 9112 §2.2)", () => {
    expect(end("\r\n")).toBe(INCOMPLETE);
    expect(end(`\r\n${HEAD}`)).toBe(2 + HEAD.length);
  });

  it("does not look back behind start for the CR of a first LF", () => {
    expect(end("\r\n", 1)).toBe(BARE_LF);
  });

  it.each([
    "\n",
    "GET / HTTP/1.1\n",
    "GET / HTTP/1.1\r\nHost: a\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\n",
    "GET / HTTP/1.1\r\nHost: a\n\n",
    "GET / HTTP/1.1\r\n\n\r\n",
  ])("is refused at once where a line ends in LF alone: %j (RFC 9112 §2.2)", (text) => expect(end(text)).toBe(BARE_LF));

  it("is not reached by bare CRs, which the field lines' grammar refuses (RFC 9112 §2.2)", () => {
    expect(end("GET / HTTP/1.1\r\rHost: a\r\r")).toBe(INCOMPLETE);
    expect(end("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n")).toBe(INCOMPLETE);
  });
});
