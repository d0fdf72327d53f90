import type { JsonSchema } from "./json-schema.ts";
import { mistake, shown, type Read } from "./read.ts";
import type { Surroundings } from "./surroundings.ts";

/** Reads one value as it is written on the command line, in the environment or in the configuration file. */
export interface Reader<T> {
  (text: string, surroundings: Surroundings): Read<T>;
  /** What an editor may check of the value in the configuration file. Default: a string. */
  readonly schema?: JsonSchema;
}

/**
 * One option of the command. Its row is all there is: the command line, `OPENCLAW_EDGE_…`, the configuration file and its JSON Schema,
 * `--help`, shell completion and the README are made from it.
 */
export interface Option<T> {
  /** Without the dashes; the key in the configuration file, too. */
  readonly flag: string;
  /** The placeholder of its value: what kind of thing to write. undefined: a switch, which has none. */
  readonly value: string | undefined;
  /** The heading it stands under in `--help`. */
  readonly group: string;
  /** What it does, in one sentence without a full stop. */
  readonly help: string;
  /** Why it exists, or why its default is what it is. */
  readonly reason: string;
  /** What values are taken, in words; the unit is in it. */
  readonly range: string;
  /** The default as written on the command line, or what happens without the flag. */
  readonly default: string;
  /** The default's text for decoding, where it is a plain value. */
  readonly fallback: string | undefined;
  /** A value that works, where there is no plain default: it stands in the file that `config init` writes. */
  readonly example?: string;
  /** May be written several times; an array in the configuration file, separated by commas in the environment. */
  readonly repeatable: boolean;
  /**
   * The value is never shown, and never taken from the command line, where every user of the machine could read it: the flag is
   * `--FLAG-file`, the variable `OPENCLAW_EDGE_FLAG` or `OPENCLAW_EDGE_FLAG_FILE`, and the configuration file has the value,
   * `{ "env": "NAME" }` or `{ "file": "PATH" }`. Its reader must not repeat the value in a mistake.
   */
  readonly secret: boolean;
  readonly read: Reader<T>;
  /** The value in force as it is shown, where that is not what was written: an international name converted. */
  write?(value: T): string;
}

/** A row as it is written in the table; its group is given by `optionGroup`. */
type Row<T> = Omit<Option<T>, "group" | "default" | "fallback" | "repeatable" | "secret"> &
  ({ readonly default: string } | { readonly without: string }) & { readonly repeatable?: boolean; readonly secret?: boolean };

/** `default` is a value as a user would write it; `without` says in words what happens when the flag is not there. */
export function option<T>(row: Row<T>): Option<T> {
  const { repeatable = false, secret = false } = row;
  const fallback = "default" in row ? row.default : undefined;
  const usual = "default" in row ? row.default : row.without;
  return { ...row, group: "Options", repeatable, secret, fallback, default: usual };
}

/** A flag without a value: `--json`, and `--no-json` where an environment or a file turned it on. Off by default. */
export function toggle(row: Pick<Option<boolean>, "flag" | "help" | "reason">): Option<boolean> {
  return option({ ...row, value: undefined, range: "`true` or `false`", default: "false", read: readToggle });
}

/** Rows that stand together in `--help`, in their order. */
export function optionGroup<Rows extends Readonly<Record<string, Option<unknown>>>>(group: string, rows: Rows): Rows {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, { ...row, group }])) as Readonly<
    Record<string, unknown>
  > as Rows;
}

const readToggle: Reader<boolean> = Object.assign(
  (text: string): Read<boolean> => {
    const word = text.toLowerCase();
    if (word === "true" || word === "1" || word === "yes" || word === "on") return { value: true };
    if (word === "false" || word === "0" || word === "no" || word === "off") return { value: false };
    return mistake(`${shown(text)} is neither true nor false.`, "Write true or false.");
  },
  { schema: { type: "boolean" } } as const,
);
