/**
 * Work that is done once for each who asks, one after the other: of two readings of a file, the later one has the last word, however slow
 * the disk is with the other.
 */
export function inTurn<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
