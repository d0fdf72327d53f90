import { nearest } from "../config/nearest.ts";
import { shown } from "../config/read.ts";
import { bashScript } from "./completion/bash.ts";
import { fishScript } from "./completion/fish.ts";
import { vocabularyOf } from "./completion/vocabulary.ts";
import { zshScript } from "./completion/zsh.ts";
import { commandSet } from "./commands.ts";
import { printProblems } from "./problems.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `openclaw-edge completion SHELL`. */
export function printCompletion(shell: string): number {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell as keyof typeof SCRIPTS] : undefined;
  if (script === undefined) {
    const near = nearest(shell, Object.keys(SCRIPTS));
    const mend = near === undefined ? "Write bash, zsh or fish." : `Did you mean openclaw-edge completion ${near}?`;
    return printProblems([{ where: shown(shell), what: "There is no script for this shell.", mend }], { command: "completion" });
  }
  process.stdout.write(script(vocabularyOf(commandSet())));
  return 0;
}
