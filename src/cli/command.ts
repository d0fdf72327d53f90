import { problemsConcerning } from "../config/concerning.ts";
import { sayable } from "../config/load.ts";
import type { Option } from "../config/option.ts";
import { OptionReader } from "../config/option-reader.ts";
import { OPTIONS } from "../config/options.ts";
import type { Sources } from "../config/sources.ts";
import type { Surroundings } from "../config/surroundings.ts";
import type { Flags } from "../config/written.ts";
import type { Problem } from "../errors.ts";

type Rows = Readonly<Record<string, Option<unknown>>>;

/** A word that a command takes besides its options. */
export interface Argument {
  /** As it stands in the usage line: `NAME`. */
  readonly name: string;
  /** What it is, without a full stop. */
  readonly help: string;
  /** Default: required. Only the last ones may be optional. */
  readonly optional?: boolean;
  /** Takes every word that is left. Only the last one may. */
  readonly repeatable?: boolean;
  /** The words that it can be, for shell completion. */
  readonly words?: readonly string[];
}

export interface Example {
  /** As it is typed, from `openclaw-edge` on; lines end in a backslash where they go on. */
  readonly line: string;
  /** What it does, in a few words. */
  readonly does: string;
}

/** What a command is given when it runs. Its options have been read by then, and none of them is wrong. */
export interface Call<Table extends Rows> {
  readonly options: OptionReader<Table>;
  /** The words that it was given, as many as its arguments allow. */
  readonly words: readonly string[];
  /** The command line's flags as they were written, to load the whole configuration (again) with `loadSettings`. */
  readonly flags: Flags;
  /** What was written about its options, wherever. */
  readonly written: Sources;
  readonly surroundings: Surroundings;
  /** The package's version. */
  readonly version: string;
}

/** One command: a file in cli/commands/ and a line in cli/commands.ts. The file is loaded for every command: `run` imports what does it. */
export interface CommandSpec<Table extends Rows> {
  /** The words it is called by: `serve`, `user add`. */
  readonly name: string;
  /** What it does, in one sentence without a full stop. */
  readonly summary: string;
  /** More than a sentence, where it needs that: paragraphs, wrapped by `--help`. */
  readonly details?: string;
  /** The heading of what is wrong with its options. Default: that it did nothing. */
  readonly refusal?: string;
  /** Runs although its options have mistakes, and tells them itself. */
  readonly evenIfWrong?: boolean;
  /** Default: the name, its required options and arguments. */
  readonly usage?: string;
  readonly arguments?: readonly Argument[];
  /**
   * Its options by name. A row of the edge's own table (`OPTIONS.state`) is also taken from the environment and the configuration file,
   * and brings `--config` with it; any other is taken from the command line alone.
   */
  readonly options: Table;
  /**
   * The edge's options that it reads; what is wrong with others in the environment and the file does not keep it from running. Default:
   * everything that is wrong there does.
   */
  readonly reads?: readonly Option<unknown>[];
  readonly examples: readonly Example[];
  /** Flags that people try, and words too many, that must never be taken: said with this reason, and what was written is not repeated. */
  readonly never?: { readonly flags: RegExp; readonly what: string; readonly mend: string };
  /**
   * What is wrong beyond the values of single options; these need not be looked at here. It is asked beside mistakes on the command line
   * too, so that all of them are told at once.
   */
  readonly check?: (call: Call<Table>) => Promise<readonly Problem[]> | readonly Problem[];
  /** Resolves with the process's exit code (cli/exit-codes.ts). */
  readonly run: (call: Call<Table>) => Promise<number>;
}

/** What a command is called with, before its options are read. */
export type Invocation = Omit<Call<Rows>, "options">;

/** A command whose options' types nobody outside needs to know. */
export interface Command extends Omit<CommandSpec<Rows>, "arguments" | "check" | "run"> {
  readonly arguments: readonly Argument[];
  /** It has options of the edge's own, so the environment and the configuration file have a say. */
  readonly isConfigured: boolean;
  /** Every mistake in what it is called with. */
  readonly problems: (invocation: Invocation) => Promise<readonly Problem[]>;
  readonly run: (invocation: Invocation) => Promise<number>;
}

export function command<Table extends Rows>(spec: CommandSpec<Table>): Command {
  const own: readonly Option<unknown>[] = Object.values(OPTIONS);
  const isConfigured = Object.values(spec.options).some((row) => own.includes(row));
  const options = isConfigured ? { ...spec.options, config: OPTIONS.config } : spec.options;
  const call = (invocation: Invocation): Call<Table> => ({
    ...invocation,
    options: new OptionReader(options, invocation.written, invocation.surroundings),
  });
  return {
    ...spec,
    options,
    arguments: spec.arguments ?? [],
    isConfigured,
    problems: async (invocation) => {
      if (spec.evenIfWrong === true) return [];
      const checked = call(invocation);
      const more = (await spec.check?.(checked)) ?? [];
      checked.options.readEverything();
      const { written } = invocation;
      const told = spec.reads === undefined ? written.problems : problemsConcerning(written, spec.reads);
      return [...told, ...sayable([...checked.options.problems, ...more], invocation.written)];
    },
    run: (invocation) => spec.run(call(invocation)),
  };
}
