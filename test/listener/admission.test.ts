import { expect, test } from "vitest";

import { Admission } from "../../src/listener/admission.ts";

const client = (prefix: string) => ({ address: prefix, port: 1, prefix });

test("a client takes so many places and no more, and others still get theirs", () => {
  const admission = new Admission(10, 2);
  expect([admission.enter(client("a")), admission.enter(client("a")), admission.enter(client("a")), admission.enter(client("b"))]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(admission.open).toBe(3);
});

test("when all places are taken, everybody is refused", () => {
  const admission = new Admission(2, 2);
  expect([admission.enter(client("a")), admission.enter(client("b")), admission.enter(client("c"))]).toEqual([true, true, false]);
});

test("a place that was left is free again, and a refusal takes none", () => {
  const admission = new Admission(10, 1);
  admission.enter(client("a"));
  for (let attempt = 0; attempt < 5; attempt++) expect(admission.enter(client("a"))).toBe(false);
  admission.leave(client("a"));
  expect([admission.open, admission.enter(client("a"))]).toEqual([0, true]);
});
