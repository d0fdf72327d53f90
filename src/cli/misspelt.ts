import type { Problem } from "../errors.ts";
import { shown } from "../config/read.ts";

/** A word that commander could not place, and the flag or command that was probably meant. */
export interface Misspelt extends Problem {
  readonly meant: string | undefined;
}

/** Flags that do not exist, each with the nearest that does, and stray words. */
export function misspelt(rest: readonly string[], known: readonly string[]): readonly Misspelt[] {
  const problems: Misspelt[] = [];
  for (const [index, word] of rest.entries()) {
    if (word === "--") continue;
    if (word.startsWith("-") && word !== "-") {
      const name = word.replace(/^-+/, "").replace(/=.*$/s, "");
      const near = nearest(name, known);
      problems.push({
        meant: near && `--${near}`,
        where: `${word.startsWith("--") ? "--" : "-"}${shown(name).slice(1, -1)}`,
        what: "There is no such flag.",
        mend: near === undefined ? "Every flag is listed by openclaw-edge --help." : `Did you mean --${near}?`,
      });
      continue;
    }
    // The word after an unknown flag is its value.
    const before = rest[index - 1];
    if (before !== undefined && before.startsWith("-") && !before.includes("=")) continue;
    const near = nearest(word, ["serve", "demo"]);
    problems.push({
      meant: near,
      where: shown(word),
      what: "It belongs to no flag, and it is no command.",
      mend: near === undefined ? "Every value needs its flag, as in --domain ai.example.com." : `Did you mean openclaw-edge ${near}?`,
    });
  }
  return problems;
}

/** The known word with the fewest edits, if they are few enough to be a slip: one in three characters, four at most. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.min(4, Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    const count = candidate.startsWith(word) && word.length >= 3 ? 1 : edits(word.slice(0, 40), candidate);
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
