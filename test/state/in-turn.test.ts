import { expect, test } from "vitest";

import { inTurn } from "../../src/state/in-turn.ts";

test("who asks later is answered later, by work that began later; what fails fails alone", async () => {
  const done: string[] = [];
  const steps = [
    { name: "slow", wait: 20 },
    { name: "broken", wait: 0 },
    { name: "quick", wait: 0 },
  ];
  const work = inTurn(async () => {
    const step = steps.shift();
    await new Promise((resolve) => setTimeout(resolve, step?.wait));
    if (step?.name === "broken") throw new Error("broken");
    done.push(step?.name ?? "");
    return step?.name;
  });
  const [slow, broken, quick] = await Promise.allSettled([work(), work(), work()]);
  expect([slow, broken, quick]).toMatchObject([{ value: "slow" }, { reason: new Error("broken") }, { value: "quick" }]);
  expect(done).toEqual(["slow", "quick"]);
});
