import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { wakeAt } from "../../../src/certificates/schedule/wake.ts";

// The clock itself is what is tested: nothing real can be waited for 60 days.
beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }));
afterEach(() => void vi.useRealTimers());

const DAY = 86_400_000;

/** A moment so many milliseconds from now. */
function at(milliseconds: number): () => number {
  const moment = Date.now() + milliseconds;
  return () => moment;
}

it("wakes after 60 days, which no timer of the runtime can hold, and not before", async () => {
  const wake = vi.fn<() => void>();
  wakeAt(at(60 * DAY), wake);
  await vi.advanceTimersByTimeAsync(60 * DAY - 1_000);
  expect(wake).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(wake).toHaveBeenCalledOnce();
});

it("never wakes for a moment that never comes", async () => {
  const wake = vi.fn<() => void>();
  wakeAt(() => Infinity, wake);
  await vi.advanceTimersByTimeAsync(1_000 * DAY);
  expect(wake).not.toHaveBeenCalled();
});

it("wakes soon where the moment has passed, but not before the caller is done", async () => {
  const wake = vi.fn<() => void>();
  wakeAt(at(-DAY), wake);
  expect(wake).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(0);
  expect(wake).toHaveBeenCalledOnce();
});

it("notices within the hour that the clock was set forward", async () => {
  const wake = vi.fn<() => void>();
  wakeAt(at(30 * DAY), wake);
  vi.setSystemTime(Date.now() + 31 * DAY);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(wake).toHaveBeenCalledOnce();
});

it("does not wake early because the clock was set back", async () => {
  const wake = vi.fn<() => void>();
  wakeAt(at(DAY), wake);
  vi.setSystemTime(Date.now() - 10 * DAY);
  await vi.advanceTimersByTimeAsync(10 * DAY);
  expect(wake).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(DAY);
  expect(wake).toHaveBeenCalledOnce();
});

it("notices within the hour that the moment is another one", async () => {
  const wake = vi.fn<() => void>();
  let moment = Date.now() + 3_650 * DAY;
  wakeAt(() => moment, wake);
  await vi.advanceTimersByTimeAsync(DAY);
  expect(wake).not.toHaveBeenCalled();
  moment = Date.now();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(wake).toHaveBeenCalledOnce();
});

it("costs one look an hour and no more, however far the clock jumps to and fro", async () => {
  const moment = vi.fn<() => number>(() => Date.UTC(2026, 6, 1));
  wakeAt(moment, () => {});
  for (const year of [2025, 2024, 1970, 2025, 1990]) {
    vi.setSystemTime(Date.UTC(year, 0, 1));
    await vi.advanceTimersByTimeAsync(3_600_000);
  }
  expect(moment.mock.calls.length).toBeLessThanOrEqual(1 + 5);
});

it("is silent once it was disposed of", async () => {
  const wake = vi.fn<() => void>();
  wakeAt(at(DAY), wake)[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(2 * DAY);
  expect(wake).not.toHaveBeenCalled();
});
