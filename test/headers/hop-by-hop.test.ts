import { describe, expect, test } from "vitest";

import { isHopByHop, nominatedFields } from "../../src/headers/hop-by-hop.ts";
import { Fields } from "../../src/http1/fields.ts";

function connection(...values: readonly string[]): Fields {
  const fields = new Fields();
  for (const value of values) fields.push("Connection", "connection", value);
  return fields;
}

describe("fields of one connection (RFC 9110 §7.6.1)", () => {
  test.each([
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "content-length",
  ])("%s never crosses", (key) => {
    expect(isHopByHop(key, [])).toBe(true);
  });

  test("all others do, unless they are nominated", () => {
    expect(isHopByHop("x-a", [])).toBe(false);
    expect(isHopByHop("x-a", ["x-b"])).toBe(false);
    expect(isHopByHop("x-a", ["x-b", "x-a"])).toBe(true);
  });

  test.each([
    [[], []],
    [["close"], []],
    [["Keep-Alive"], []],
    [["keep-alive, X-A"], ["keep-alive", "x-a"]],
    [
      ["close", "X-A"],
      ["close", "x-a"],
    ],
    [[" X-A ,, x-b\t"], ["x-a", "x-b"]],
  ])("%j nominates %j", (values, nominated) => {
    expect(nominatedFields(connection(...values))).toEqual(nominated);
  });
});
