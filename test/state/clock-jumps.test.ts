import { expect, it } from "vitest";

import { ClockJumps } from "../../src/state/clock-jumps.ts";

function clocks() {
  const clock = { wall: 1_800_000_000_000.25, steady: 123.5 };
  const pass = (milliseconds: number): void => {
    clock.wall += milliseconds;
    clock.steady += milliseconds;
  };
  return {
    clock,
    pass,
    jumps: new ClockJumps(
      () => clock.wall,
      () => clock.steady,
    ),
  };
}

it("time that passes is no jump, however much of it", () => {
  const { jumps, pass } = clocks();
  for (const milliseconds of [0, 1, 1_000, 86_400_000, 1e12]) {
    pass(milliseconds);
    expect(jumps.look()).toBe(0);
  }
});

it("a clock that is set, either way, is told once, in whole milliseconds", () => {
  const { jumps, clock, pass } = clocks();
  for (const by of [315_360_000_000.4, -315_360_000_000.4, -1_500]) {
    clock.wall += by;
    pass(5);
    expect([jumps.look(), jumps.look()]).toEqual([Math.round(by), 0]);
  }
});

it("what a time service corrects little by little is told when it has become a second", () => {
  const { jumps, clock } = clocks();
  const told: number[] = [];
  for (let count = 0; count < 30; count += 1) {
    clock.wall -= 100;
    told.push(jumps.look());
  }
  expect(told.filter((jump) => jump !== 0)).toEqual([-1_000, -1_000, -1_000]);
});
