import { describe, expect, test } from "vitest";

import { connectionOptions } from "../../src/http1/connection-options.ts";
import { Fields } from "../../src/http1/fields.ts";

function connection(...values: readonly string[]): Fields {
  const fields = new Fields();
  for (const value of values) fields.push("Connection", "connection", value);
  return fields;
}

describe("connection options (RFC 9110 §7.6.1)", () => {
  test.each([
    [[], []],
    [["close"], ["close"]],
    [["Keep-Alive"], ["keep-alive"]],
    [["KEEP-ALIVE"], ["keep-alive"]],
    [["keep-alive, X-A"], ["keep-alive", "x-a"]],
    [
      ["close", "X-A"],
      ["close", "x-a"],
    ],
    [
      ["close", "close"],
      ["close", "close"],
    ],
    [[" X-A ,, x-b\t"], ["x-a", "x-b"]],
    [["x a"], undefined],
    [["close", "x:a"], undefined],
  ])("%j are %j", (values, options) => {
    expect(connectionOptions(connection(...values))).toEqual(options);
  });
});
