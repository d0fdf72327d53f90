/**
 * Work that many ask for at the same time, each of them wanting it begun after he asked: one is under way, and one more for all who came
 * meanwhile. `work` must not reject.
 */
export function afterNow(work: () => Promise<void>): () => Promise<void> {
  let running = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running.then(() => {
      next = undefined;
      running = work();
      return running;
    });
    return next;
  };
}
