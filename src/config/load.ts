import { isDeepStrictEqual } from "node:util";

import type { Problem } from "../errors.ts";
import { meantFlag } from "./concerning.ts";
import { decodeOptions, type EdgeOptions, type NamedFiles, type Settings } from "./decode.ts";
import { isMissing, OptionReader } from "./option-reader.ts";
import { OPTIONS, type OptionName } from "./options.ts";
import { readSources, type Sources } from "./sources.ts";
import { STRUCTURED, type StructuredKey } from "./structured.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Flags } from "./written.ts";

/** What became of the whole configuration: command line, environment and file. */
export type Loaded =
  | {
      readonly kind: "loaded";
      readonly settings: Settings;
      /** Where each value came from, and what to compare a later configuration with. */
      readonly options: EdgeOptions;
      /** The configuration file in use, as it was named; undefined: none. */
      readonly file: string | undefined;
      /** What works, and should be otherwise all the same. */
      readonly warnings: readonly Problem[];
    }
  /** `files`: what could be made out beside the mistakes, to be looked at in the same breath. */
  | { readonly kind: "refused"; readonly problems: readonly Problem[]; readonly files: NamedFiles; readonly options: EdgeOptions };

/**
 * Reads the configuration from everywhere. May be called again while the edge runs, with the same flags; `changedOptions` tells what is
 * different then. Nothing is changed by it.
 */
export async function loadSettings(flags: Flags, surroundings: Surroundings): Promise<Loaded> {
  return settingsOf(await readSources(flags, surroundings), surroundings);
}

/** The same from what has been read already. */
export function settingsOf(written: Sources, surroundings: Surroundings): Loaded {
  const options = new OptionReader(OPTIONS, written, surroundings);
  const decoding = decodeOptions(options, surroundings);
  if ("settings" in decoding && written.problems.length === 0) {
    return { kind: "loaded", settings: decoding.settings, options, file: written.file, warnings: written.warnings };
  }
  const wrong = "problems" in decoding ? decoding.problems : [];
  const files = "files" in decoding ? decoding.files : { domains: [], htpasswd: undefined, tls: undefined };
  return { kind: "refused", problems: [...written.problems, ...sayable(wrong, written)], files, options };
}

/** The problems that can be told: what seems to be missing may well be in a file that can't be read, or under a name misspelt. */
export function sayable(problems: readonly Problem[], written: Sources): readonly Problem[] {
  const flags = written.problems.map(({ mend }) => meantFlag(mend));
  return problems.filter((problem) => !isMissing(problem) || !(written.incomplete || flags.includes(problem.missing)));
}

/** The options, and the file's structured keys, whose value in force is another. */
export function changedOptions(before: EdgeOptions, after: EdgeOptions): readonly (OptionName | StructuredKey)[] {
  const names = (Object.keys(OPTIONS) as OptionName[]).filter(
    (name) => name !== "config" && !isDeepStrictEqual(before.all(name), after.all(name)),
  );
  const keys = (Object.keys(STRUCTURED) as StructuredKey[]).filter((key) => !isSame(before.node(key), after.node(key)));
  return [...names, ...keys];
}

/** The same values; where they stand does not matter. */
function isSame(before: unknown, after: unknown): boolean {
  const withoutPlaces = (_key: string, value: unknown): unknown => (value instanceof Map ? [...value.values()] : value);
  const text = (node: unknown): string =>
    JSON.stringify(node, (key, value: unknown) => (key === "place" ? undefined : withoutPlaces(key, value))) ?? "";
  return text(before) === text(after);
}
