import { expect, test } from "vitest";

import { BodyRate } from "../../src/listener/body-rate.ts";

const WINDOW = 1_000;
const RATE = 100;

/** Looks at a body that is at so many octets at each time; tells at which times it was too slow. */
function tooSlowAt(looks: readonly (readonly [now: number, received: number, waiting?: boolean])[]): number[] {
  const rate = new BodyRate(0, 0);
  return looks.filter(([now, received, waiting = false]) => rate.isTooSlow(now, received, waiting, WINDOW, RATE)).map(([now]) => now);
}

test("a window that brings less than its share is too slow, and one that brings it is not", () => {
  expect(
    tooSlowAt([
      [500, 0],
      [999, 99],
      [1_000, 99],
    ]),
  ).toEqual([1_000]);
  expect(
    tooSlowAt([
      [1_000, 100],
      [2_000, 200],
      [3_000, 299],
    ]),
  ).toEqual([3_000]);
});

test("a fast beginning does not pay for a slow end", () => {
  expect(
    tooSlowAt([
      [1_000, 1_000_000],
      [2_000, 1_000_050],
    ]),
  ).toEqual([2_000]);
});

test("time in which the client is not expected to send does not count", () => {
  expect(
    tooSlowAt([
      [500, 0, true],
      [1_000, 0, true],
      [1_500, 0],
      [1_999, 0],
      [2_000, 0],
    ]),
  ).toEqual([2_000]);
});
