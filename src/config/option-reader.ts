import { dirname, resolve } from "node:path";

import type { Problem } from "../errors.ts";
import type { ConfigNode } from "./config-node.ts";
import type { Option } from "./option.ts";
import { inWordsOf } from "./phrase.ts";
import { isMistake, mistake, type Mistake } from "./read.ts";
import type { StructuredKey } from "./structured.ts";
import type { Surroundings } from "./surroundings.ts";
import { placeName, type Origin, type Source, type Written } from "./written.ts";

type Rows = Readonly<Record<string, Option<unknown>>>;
/** An option that must be written and is not: its flag tells which, so that a slip beside it is not told twice. */
export interface MissingOption extends Problem {
  readonly missing: string;
}

export const isMissing = (problem: Problem): problem is MissingOption => "missing" in problem;

type Value<Row> = Row extends Option<infer T> ? T : never;

/**
 * Reads options from what was written about them, the source that comes first winning as a whole: a repeatable option's values on the
 * command line replace those in the file. Every mistake is kept, so that all of them are told at once.
 */
export class OptionReader<Table extends Rows> {
  readonly #rows: Table;
  readonly #sources: readonly Source[];
  readonly #nodes: ReadonlyMap<StructuredKey, ConfigNode>;
  readonly #file: string | undefined;
  readonly #surroundings: Surroundings;
  readonly #read = new Map<string, readonly unknown[]>();
  readonly #problems: Problem[] = [];

  /**
   * @param written.sources the one that wins first: command line, environment, file
   * @param written.nodes the file's keys that hold more than an option can say; default: none
   * @param written.file the configuration file in use, as it was named; default: none
   */
  constructor(
    rows: Table,
    written: {
      readonly sources: readonly Source[];
      readonly nodes?: ReadonlyMap<StructuredKey, ConfigNode>;
      readonly file?: string | undefined;
    },
    surroundings: Surroundings,
  ) {
    this.#rows = rows;
    this.#sources = written.sources;
    this.#nodes = written.nodes ?? new Map();
    this.#file = written.file;
    this.#surroundings = surroundings;
  }

  /** Every mistake so far: in the values that were asked for, and those that were reported. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** What was written about the option, and where, in the source that wins; empty: nothing that can be read. */
  written(name: keyof Table & string): readonly Written[] {
    const { flag } = this.#row(name);
    return this.#sources.find((source) => source.has(flag))?.get(flag) ?? [];
  }

  /** Whether anything was written about it, be it readable or not. */
  isWritten(name: keyof Table & string): boolean {
    const { flag } = this.#row(name);
    return this.#sources.some((source) => source.has(flag));
  }

  /** Something was written about an option of which no value is left: its source has told why. */
  get isIncomplete(): boolean {
    return Object.keys(this.#rows).some((name) => this.isWritten(name) && this.written(name).length === 0);
  }

  /** What the configuration file has under a key that holds more than an option can say; undefined: the key is not there. */
  node(key: StructuredKey): ConfigNode | undefined {
    return this.#nodes.get(key);
  }

  /** A repeatable option's values. Those that can't be read are reported and left out. */
  all<Name extends keyof Table & string>(name: Name): readonly Value<Table[Name]>[] {
    // By the time it is asked for again its mistakes have been reported.
    const known = this.#read.get(name) ?? this.#readAll(name);
    this.#read.set(name, known);
    return known as readonly Value<Table[Name]>[];
  }

  /** The option's value, or its default; undefined: it has none, or what was written can't be read, which has been reported. */
  one<Name extends keyof Table & string>(name: Name): Value<Table[Name]> | undefined {
    return this.all(name)[0];
  }

  /** The same for an option that has a default, or whose absence was reported: to be asked once there is no problem. */
  required<Name extends keyof Table & string>(name: Name): Value<Table[Name]> {
    const values = this.all(name);
    if (values.length === 0) throw new Error(`--${this.#row(name).flag} has no value, and nobody reported it`);
    return values[0] as Value<Table[Name]>;
  }

  /** Reads what nobody has asked for yet, so that its mistakes are known. */
  readEverything(): void {
    for (const name of Object.keys(this.#rows)) this.all(name);
  }

  /** Adds a mistake at the place where the option was written. */
  report(name: keyof Table & string, mistake: Mistake): void {
    this.#push(this.written(name)[0]?.origin ?? { kind: "flag", name: `--${this.#row(name).flag}` }, mistake);
  }

  /** Adds that an option must be written and is not: in the words of the file, where there is one. */
  reportMissing(name: keyof Table & string, { what, mend }: Mistake): void {
    const { flag } = this.#row(name);
    const rows = Object.values(this.#rows);
    const origin: Origin =
      this.#file === undefined
        ? { kind: "flag", name: `--${flag}` }
        : { kind: "file", place: { file: this.#file, line: 1, column: 1, path: flag } };
    const where = origin.kind === "file" ? `${this.#file} ${flag}` : placeName(origin);
    const problem: MissingOption = { where, what: inWordsOf(origin, what, rows), mend: inWordsOf(origin, mend, rows), missing: flag };
    this.#problems.push(problem);
  }

  /** Adds problems that know their own place: in a structured key. */
  add(problems: readonly Problem[]): void {
    this.#problems.push(...problems);
  }

  #push(origin: Origin, { what, mend }: Mistake): void {
    const rows = Object.values(this.#rows);
    this.#problems.push({ where: placeName(origin), what: inWordsOf(origin, what, rows), mend: inWordsOf(origin, mend, rows) });
  }

  #row(name: string): Option<unknown> {
    const row = this.#rows[name];
    if (row === undefined) throw new Error(`${name} is no option here`);
    return row;
  }

  #readAll(name: string): readonly unknown[] {
    const row = this.#row(name);
    const written = this.written(name);
    if (written.length === 0) return row.fallback === undefined || this.isWritten(name) ? [] : this.#readOne(row, row.fallback);
    if (written.length > 1 && !row.repeatable) {
      this.report(name, mistake("It is written more than once.", "Write it once."));
      return [];
    }
    return written.flatMap(({ text, origin }) => this.#readOne(row, text, origin));
  }

  #readOne(row: Option<unknown>, written: string, origin: Origin = { kind: "flag", name: `--${row.flag}` }): readonly unknown[] {
    const read = row.read(written.trim(), this.#around(origin));
    if (!isMistake(read)) return [read.value];
    this.#push(origin, read);
    return [];
  }

  /** Paths in a file are relative to the directory that it is in. */
  #around(origin: Origin): Surroundings {
    if (origin.kind !== "file") return this.#surroundings;
    return { ...this.#surroundings, directory: dirname(resolve(this.#surroundings.directory, origin.place.file)) };
  }
}
