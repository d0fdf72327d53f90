import { expect, test } from "vitest";

import { Admission } from "../../src/listener/admission.ts";

const client = (prefix: string) => ({ address: prefix, port: 1, prefix });

test("a client takes so many places and no more, and others still get theirs", () => {
  const admission = new Admission(10, 2);
  expect(["a", "a", "a", "b"].map((prefix) => admission.enter(client(prefix)) !== undefined)).toEqual([true, true, false, true]);
  expect(admission.open).toBe(3);
});

test("when all places are taken, everybody is refused", () => {
  const admission = new Admission(2, 2);
  expect(["a", "b", "c"].map((prefix) => admission.enter(client(prefix)) !== undefined)).toEqual([true, true, false]);
});

test("a place that was left is free again, and a refusal takes none", () => {
  const admission = new Admission(10, 1);
  const leave = admission.enter(client("a"));
  for (let attempt = 0; attempt < 5; attempt++) expect(admission.enter(client("a"))).toBeUndefined();
  leave?.();
  expect(admission.open).toBe(0);
  expect(admission.enter(client("a"))).toBeDefined();
});

test("a proxy that many clients come through has no bound of its own, and takes places of the total", () => {
  const admission = new Admission(3, 1);
  expect(Array.from({ length: 4 }, () => admission.enter(client("proxy"), true) !== undefined)).toEqual([true, true, true, false]);
});

test("attack: whoever has an IPv6 /48 takes the places of eight clients by its prefixes, and not everybody's", () => {
  const admission = new Admission(1_000, 2);
  const prefixes = Array.from({ length: 100 }, (_, number) => `2001:db8:0:${number.toString(16)}::/64`);
  const left = prefixes.map((prefix) => admission.enter(client(prefix)));
  expect(left.filter((leave) => leave !== undefined)).toHaveLength(16);
  expect(admission.enter(client("2001:db8:1:0::/64"))).toBeDefined();
  expect(admission.enter(client("2001:db8:0:ffff::/64"), true)).toBeDefined();
  left[0]?.();
  left[1]?.();
  expect(prefixes.filter((prefix) => admission.enter(client(prefix)) !== undefined)).toHaveLength(1);
});
