import type { Command } from "./command.ts";

/** What can be called. */
export interface CommandSet {
  readonly commands: readonly Command[];
  /** What runs when no command is named. */
  readonly default: Command;
  /** Words that only begin a command's name, with what their commands are about. */
  readonly groups: Readonly<Record<string, string>>;
}

/** The command that the words begin with, the longest name first, and how many words its name has. */
export function commandNamed(
  words: readonly string[],
  { commands }: CommandSet,
): { readonly command: Command | undefined; readonly depth: number } {
  for (const depth of [2, 1]) {
    const name = words.slice(0, depth).join(" ");
    const command = words.length < depth ? undefined : commands.find((one) => one.name === name);
    if (command !== undefined) return { command, depth };
  }
  return { command: undefined, depth: 0 };
}

/** Every word that a command line may begin with. */
export function listed({ commands }: CommandSet): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ", 1)[0] ?? ""))];
}

/** What may follow a word that only begins commands' names. */
export function secondWords(group: string, { commands }: CommandSet): readonly string[] {
  return commands.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name.slice(group.length + 1));
}
