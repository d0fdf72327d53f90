import { expect, test } from "vitest";

import { afterNow } from "../../src/state/after-now.ts";

test("however many ask, the work is done once at a time, and once more after the last of them asked", async () => {
  let begun = 0;
  let atOnce = 0;
  let most = 0;
  const work = afterNow(async () => {
    begun += 1;
    most = Math.max(most, (atOnce += 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    atOnce -= 1;
  });
  const first = work();
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(begun).toBe(1);
  const later = Array.from({ length: 1_000 }, () => work());
  expect(begun).toBe(1);
  await Promise.all([first, ...later]);
  expect([begun, most]).toEqual([2, 1]);
  await work();
  expect(begun).toBe(3);
});
