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

/** Levenshtein's distance. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, character] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const substitute = (row[column - 1] ?? 0) + (character === to[column - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
