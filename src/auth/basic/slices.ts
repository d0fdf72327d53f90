import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds of work in one turn of the event loop; a chat's frame waits no longer than this for a reload. */
const SLICE = 4;

/** Runs long work to its end at once. */
export function runAtOnce<Result>(work: Generator<void, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Runs long work in slices of a few milliseconds and lets the event loop turn between them. Each `yield` is a place to pause. */
export async function runInSlices<Result>(work: Generator<void, Result>): Promise<Result> {
  let start = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - start < SLICE) continue;
    await nextTurn();
    start = performance.now();
  }
}
