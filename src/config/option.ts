import type { Read } from "./read.ts";
import type { Surroundings } from "./surroundings.ts";

/** One option of the command. Its row is all there is: the command line, `--help`, decoding and the README are made from it. */
export interface Option<T> {
  /** Without the dashes. */
  readonly flag: string;
  /** The placeholder of its value: what kind of thing to write. */
  readonly value: string;
  readonly group: "Main options" | "Listening" | "Identity and logs" | "Time-outs" | "Bounds";
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
  readonly repeatable: boolean;
  readonly read: (text: string, surroundings: Surroundings) => Read<T>;
}

type Row<T> = Omit<Option<T>, "default" | "fallback" | "repeatable"> &
  ({ readonly default: string } | { readonly without: string }) & { readonly repeatable?: boolean };

/** `default` is a value as a user would write it; `without` says in words what happens when the flag is not there. */
export function option<T>(row: Row<T>): Option<T> {
  const { flag, value, group, help, reason, range, read, repeatable = false } = row;
  const fallback = "default" in row ? row.default : undefined;
  return { flag, value, group, help, reason, range, read, repeatable, fallback, default: "default" in row ? row.default : row.without };
}
