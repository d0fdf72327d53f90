import type { Option } from "../config/option.ts";
import type { Flags } from "../config/written.ts";
import type { Problem } from "../errors.ts";
import { shown } from "../config/read.ts";
import type { Argument, Command } from "./command.ts";
import { commandNamed, listed, secondWords, type CommandSet } from "./command-set.ts";
import { nearest } from "../config/nearest.ts";

/** A mistake on the command line, and the flag or command that was probably meant. */
export interface Slip extends Problem {
  readonly meant?: string | undefined;
}

export type CommandLine =
  /** Help is asked for: about a command or a group of them by its words, or about the whole where there are none. */
  | { readonly kind: "help"; readonly about: readonly string[] }
  | { readonly kind: "version" }
  /** A word that only begins a command's name. */
  | { readonly kind: "group"; readonly name: string }
  /** A word that is nearly a command: nothing else that is written can be understood. */
  | { readonly kind: "unknown"; readonly slip: Slip }
  | {
      readonly kind: "run";
      readonly command: Command;
      readonly flags: Flags;
      readonly words: readonly string[];
      readonly slips: readonly Slip[];
    };

/**
 * Reads the command line. Flags may stand before and after the command's name; `--flag=value` is `--flag value`, `--no-flag` turns a
 * switch off, and after `--` come words only. A flag takes the next word unless that is a flag itself. Every slip is found, not the first.
 */
export function readCommandLine(argv: readonly string[], set: CommandSet): CommandLine {
  const tokens = tokenize(argv, set);
  if (tokens.asks === "version") return { kind: "version" };
  if (tokens.words[0] === "help") return { kind: "help", about: tokens.words.slice(1) };
  const { command, depth } = commandNamed(tokens.words, set);
  if (tokens.asks === "help") return { kind: "help", about: tokens.words.slice(0, command === undefined ? undefined : depth) };
  const [first = ""] = tokens.words;
  if (command === undefined && tokens.words.length === 1 && set.groups[first] !== undefined) return { kind: "group", name: first };
  const unknown = command === undefined ? unknownCommand(tokens.words, set) : undefined;
  if (unknown !== undefined) return { kind: "unknown", slip: unknown };
  const running = command ?? set.default;
  const own = new Map(Object.values(running.options).map((row) => [flagOf(row), row]));
  const slips: Slip[] = tokens.slips.map((slip) => neverTaken(slip, running) ?? slip);
  const flags: Record<string, string[]> = {};
  for (const { name, value, missing } of tokens.flags) {
    const row = own.get(name);
    if (row === undefined) slips.push(notHere(name, running, set));
    else if (missing)
      slips.push({
        meant: `--${name}`,
        where: `--${name}`,
        what: "It has no value.",
        mend: `Write --${name} ${row.secret ? "FILE" : row.value}.`,
      });
    else (flags[name] ??= []).push(value);
  }
  if (command !== undefined) {
    const words = tokens.words.slice(depth);
    return { kind: "run", command, flags, words, slips: [...slips, ...wrongWords(words, command, set)] };
  }
  return { kind: "run", command: running, flags, words: [], slips: [...slips, ...tokens.words.map(stray)] };
}

/** The flag as it is written: a secret's names a file, since every user of the machine can read a command line. */
export const flagOf = (row: Option<unknown>): string => (row.secret ? `${row.flag}-file` : row.flag);

interface Tokens {
  readonly asks: "help" | "version" | undefined;
  readonly flags: readonly { readonly name: string; readonly value: string; readonly missing: boolean }[];
  readonly words: readonly string[];
  /** Flags that no command has. */
  readonly slips: readonly Slip[];
}

function tokenize(argv: readonly string[], set: CommandSet): Tokens {
  const rows = new Map(set.commands.flatMap((command) => Object.values(command.options).map((row) => [flagOf(row), row] as const)));
  const flags: { name: string; value: string; missing: boolean }[] = [];
  const words: string[] = [];
  const slips: Slip[] = [];
  let asks: Tokens["asks"];
  for (let index = 0; index < argv.length; index++) {
    const text = argv[index] ?? "";
    if (text === "--") {
      words.push(...argv.slice(index + 1));
      break;
    }
    if (text === "-h" || text === "--help") asks ??= "help";
    else if (text === "-V" || text === "--version") asks ??= "version";
    else if (!text.startsWith("-") || text === "-") words.push(text);
    else {
      const [, name = "", inline] = /^-+([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
      const next = argv[index + 1];
      const negated = rows.get(name.replace(/^no-/, ""));
      const row = text.startsWith("--") ? rows.get(name) : undefined;
      if (row !== undefined && row.value === undefined) flags.push({ name, value: inline ?? "true", missing: false });
      else if (row !== undefined) {
        const follows = inline === undefined && next !== undefined && !next.startsWith("--");
        if (follows) index++;
        flags.push({ name, value: inline ?? next ?? "", missing: inline === undefined && !follows });
      } else if (text.startsWith("--no-") && negated?.value === undefined && negated !== undefined && inline === undefined) {
        flags.push({ name: flagOf(negated), value: "false", missing: false });
      } else {
        slips.push(noSuchFlag(text, name, [...rows.keys()]));
        // The word after an unknown flag is its value, but for a command.
        if (inline === undefined && next !== undefined && !next.startsWith("-") && !listed(set).includes(next)) index++;
      }
    }
  }
  return { asks, flags, words, slips };
}

/** What is said instead of a flag that the command must not take. */
function neverTaken({ where }: Slip, { never }: Command): Slip | undefined {
  const flag = never?.flags.exec(where)?.[0];
  return never === undefined || flag === undefined ? undefined : { where: flag, what: never.what, mend: never.mend };
}

function noSuchFlag(text: string, name: string, known: readonly string[]): Slip {
  const near = nearest(name, [...known, "help", "version"]);
  return {
    meant: near && `--${near}`,
    where: `${text.startsWith("--") ? "--" : "-"}${shown(name).slice(1, -1)}`,
    what: "There is no such flag.",
    mend: near === undefined ? "Leave it out." : `Did you mean --${near}?`,
  };
}

/** A flag that another command has. */
function notHere(name: string, command: Command, { commands }: CommandSet): Slip {
  const owners = commands.filter((other) => Object.values(other.options).some((row) => flagOf(row) === name));
  return {
    where: `--${name}`,
    what: `openclaw-edge ${command.name} has no such flag; openclaw-edge ${owners[0]?.name ?? ""} has.`,
    mend: `Leave it out. Its own flags: openclaw-edge ${command.name} --help.`,
  };
}

function unknownCommand([first = "", second]: readonly string[], set: CommandSet): Slip | undefined {
  const what = "There is no such command.";
  if (set.groups[first] !== undefined && second !== undefined) {
    const near = nearest(second, secondWords(first, set));
    const mend = near === undefined ? `What there is: openclaw-edge ${first} --help.` : `Did you mean openclaw-edge ${first} ${near}?`;
    return { where: shown(`${first} ${second}`), what, mend };
  }
  const near = nearest(first, listed(set));
  return near === undefined ? undefined : { where: shown(first), what, mend: `Did you mean openclaw-edge ${near}?` };
}

const NEEDS_FLAG = "Every value needs its flag, as in --domain ai.example.com.";

const stray = (word: string): Slip => ({ where: shown(word), what: "It belongs to no flag, and it is no command.", mend: NEEDS_FLAG });

function wrongWords(words: readonly string[], { name, arguments: wanted, never }: Command, set: CommandSet): readonly Slip[] {
  const written = usageOf(wanted);
  const usage = name === "serve" ? NEEDS_FLAG : `Write openclaw-edge ${[name, written].join(" ").trim()}.`;
  const missing = wanted.slice(words.length).filter(({ optional }) => optional !== true);
  const most = wanted.at(-1)?.repeatable === true ? Infinity : wanted.length;
  if (never !== undefined && words.length > most) {
    return [{ where: `the word after ${wanted.at(-1)?.name ?? name}`, what: never.what, mend: never.mend }];
  }
  return [
    ...missing.map((argument) => ({
      where: argument.name,
      what: `It is missing: ${argument.help}.`,
      mend: `Write openclaw-edge ${name} ${written}.`,
    })),
    ...words.slice(most).map((word, index) => ({
      where: shown(word),
      what: wanted.length === 0 ? `openclaw-edge ${name} takes no words, flags only.` : "It is one word too many.",
      mend: (index === 0 && meantCommand(name, word, set)) || usage,
    })),
  ];
}

/** `sessions` is a command, and the beginning of `sessions end` as well. */
function meantCommand(name: string, word: string, set: CommandSet): string | undefined {
  const near = nearest(word, secondWords(name, set));
  return near && `Did you mean openclaw-edge ${name} ${near}?`;
}

/** `NAME`, `[NAME]`, `NAME...` */
export function usageOf(wanted: readonly Argument[]): string {
  return wanted
    .map(
      ({ name, optional, repeatable }) =>
        `${optional === true ? "[" : ""}${name}${repeatable === true ? "..." : ""}${optional === true ? "]" : ""}`,
    )
    .join(" ");
}
