import type { JsonSchema } from "../../config/json-schema.ts";
import type { Option } from "../../config/option.ts";
import { flagOf } from "../command-line.ts";
import type { Argument, Command } from "../command.ts";
import type { CommandSet } from "../command-set.ts";

/** What can be typed, in the form that every shell's script is made from. */
export interface Vocabulary {
  readonly commands: readonly CommandWords[];
  /** Words that only begin a command's name. */
  readonly groups: readonly { readonly name: string; readonly help: string }[];
  /** Every flag that takes the next word, of whichever command: a flag means one thing. */
  readonly valueFlags: ReadonlyMap<string, Value>;
}

export interface CommandWords {
  /** Empty: what runs when no command is named. */
  readonly name: string;
  readonly help: string;
  readonly flags: readonly FlagWords[];
  readonly argument: Value;
}

export interface FlagWords {
  /** With its dashes. */
  readonly flag: string;
  readonly help: string;
  readonly value: Value;
  readonly repeatable: boolean;
}

/** What comes next. */
export type Value =
  | { readonly kind: "nothing" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file" }
  | { readonly kind: "directory" }
  /** Something that only its author knows. */
  | { readonly kind: "text"; readonly name: string };

const ALWAYS: readonly FlagWords[] = [
  { flag: "--help", help: "print help", value: { kind: "nothing" }, repeatable: false },
  { flag: "--version", help: "print the version", value: { kind: "nothing" }, repeatable: false },
];

export function vocabularyOf({ commands, default: usual, groups }: CommandSet): Vocabulary {
  const all = [{ ...wordsOf(usual), name: "" }, ...commands.map(wordsOf)];
  const valued = all.flatMap(({ flags }) => flags).filter(({ value }) => value.kind !== "nothing");
  return {
    commands: all,
    groups: Object.entries(groups).map(([name, help]) => ({ name, help })),
    valueFlags: new Map(valued.map(({ flag, value }) => [flag, value])),
  };
}

function wordsOf({ name, summary, options, arguments: wanted }: Command): CommandWords {
  const flags = Object.values(options).map((row) => ({
    flag: `--${flagOf(row)}`,
    help: row.help.replaceAll("`", ""),
    value: valueOf(row),
    repeatable: row.repeatable,
  }));
  return { name, help: summary, flags: [...flags, ...ALWAYS], argument: argumentOf(wanted[0]) };
}

function valueOf(row: Option<unknown>): Value {
  if (row.value === undefined) return { kind: "nothing" };
  if (row.secret || row.value === "FILE") return { kind: "file" };
  if (row.value === "DIR") return { kind: "directory" };
  const words = wordsIn(row.read.schema ?? {});
  return words.length > 0 ? { kind: "words", words } : { kind: "text", name: row.value };
}

function argumentOf(argument: Argument | undefined): Value {
  if (argument === undefined) return { kind: "nothing" };
  if (argument.words !== undefined) return { kind: "words", words: argument.words };
  return argument.name === "FILE" ? { kind: "file" } : { kind: "text", name: argument.name };
}

const wordsIn = ({ enum: words = [], const: word, examples = [], anyOf = [] }: JsonSchema): readonly string[] =>
  [...words, ...(word === undefined ? [] : [word]), ...examples, ...anyOf.flatMap(wordsIn)].filter((one) => typeof one === "string");

/** The groups' second words, and the commands of one word: what may follow the words so far. */
export function nextWords({ commands, groups }: Vocabulary, group: string): readonly { readonly word: string; readonly help: string }[] {
  const within = commands.filter(({ name }) => name !== "" && (group === "" ? !name.includes(" ") : name.startsWith(`${group} `)));
  const words = within.map(({ name, help }) => ({ word: group === "" ? name : name.slice(group.length + 1), help }));
  return group === "" ? [...words, ...groups.map(({ name, help }) => ({ word: name, help }))] : words;
}
