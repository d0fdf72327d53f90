import type { Problem } from "../errors.ts";
import type { Option } from "./option.ts";
import { isMistake, mistake, shown, type Mistake } from "./read.ts";
import type { Surroundings } from "./surroundings.ts";
import { placeName, type Origin, type Source, type Written } from "./written.ts";

type Rows = Readonly<Record<string, Option<unknown>>>;
type Value<Row> = Row extends Option<infer T> ? T : never;

/**
 * Reads options from what was written about them, the source that comes first winning as a whole: a repeatable option's values on the
 * command line replace those in the file. Every mistake is kept, so that all of them are told at once.
 */
export class OptionReader<Table extends Rows> {
  readonly #rows: Table;
  readonly #sources: readonly Source[];
  readonly #surroundings: Surroundings;
  readonly #read = new Map<string, readonly unknown[]>();
  readonly #problems: Problem[] = [];

  /** @param sources the one that wins first: command line, environment, file */
  constructor(rows: Table, sources: readonly Source[], surroundings: Surroundings) {
    this.#rows = rows;
    this.#sources = sources;
    this.#surroundings = surroundings;
  }

  /** Every mistake so far: in the values that were asked for, and those that were reported. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** What was written about the option, and where, in the source that wins; empty: nothing, so that its default holds. */
  written(name: keyof Table & string): readonly Written[] {
    const { flag } = this.#row(name);
    return this.#sources.find((source) => source.has(flag))?.get(flag) ?? [];
  }

  isWritten(name: keyof Table & string): boolean {
    return this.written(name).length > 0;
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
  report(name: keyof Table & string, { what, mend }: Mistake): void {
    const origin = this.written(name)[0]?.origin ?? { kind: "flag", name: `--${this.#row(name).flag}` };
    this.#problems.push({ where: placeName(origin), what, mend });
  }

  #row(name: string): Option<unknown> {
    const row = this.#rows[name];
    if (row === undefined) throw new Error(`${name} is no option here`);
    return row;
  }

  #readAll(name: string): readonly unknown[] {
    const row = this.#row(name);
    const written = this.written(name);
    if (written.length === 0) return row.fallback === undefined ? [] : this.#readOne(row, row.fallback, undefined);
    if (written.length > 1 && !row.repeatable) {
      this.report(name, mistake("It is written more than once.", "Write it once."));
      return [];
    }
    return written.flatMap(({ text, origin }) => this.#readOne(row, text, origin));
  }

  #readOne(row: Option<unknown>, written: string, origin: Origin | undefined): readonly unknown[] {
    const text = written.trim();
    const read =
      origin?.kind === "flag" && text.startsWith("--")
        ? mistake(`It has no value: ${shown(text)} follows it.`, `Write --${row.flag} ${row.value}.`)
        : row.read(text, this.#surroundings);
    if (!isMistake(read)) return [read.value];
    this.#problems.push({ where: origin === undefined ? `--${row.flag}` : placeName(origin), what: read.what, mend: read.mend });
    return [];
  }
}
