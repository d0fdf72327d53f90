/** Waits until it holds; otherwise fails with what `describe` says. The time is for a machine that is busy: it is no claim. */
export async function eventually(holds: () => boolean, timeout = 15_000, describe: () => string = () => holds.toString()): Promise<void> {
  const end = performance.now() + timeout;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${describe()} (waited ${timeout} ms)`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Milliseconds in which something that must not happen would have happened. */
export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
