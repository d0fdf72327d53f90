/** The known word with the fewest edits, if they are few enough to be a slip: one in three characters, four at most. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  // httpsPort and https_port are https-port.
  const word = written
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-")
    .replaceAll("_", "-")
    .toLowerCase()
    .slice(0, 60);
  let best: string | undefined;
  let fewest = Math.min(4, Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    const count = candidate.startsWith(word) && word.length >= 3 ? 1 : edits(word, candidate);
    if (count < fewest) [best, fewest] = [candidate, count];
  }
  return best;
}

/** How many letters to insert, remove, change or swap with their neighbour (optimal string alignment). */
function edits(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      next.push(
        Math.min(
          (last[column - 1] ?? 0) + (isSame ? 0 : 1),
          (last[column] ?? 0) + 1,
          (next[column - 1] ?? 0) + 1,
          isSwapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [beforeLast, last] = [last, next];
  }
  return last[to.length] ?? 0;
}
