import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { VERSION } from "../config/file-source.ts";
import { OptionReader } from "../config/option-reader.ts";
import type { Option } from "../config/option.ts";
import { OPTIONS, type OptionName } from "../config/options.ts";
import { capital, describeInFile } from "../config/phrase.ts";
import { valueOf } from "../config/schema.ts";
import { namedConfigFile, onlyFlags, usualConfigFiles } from "../config/sources.ts";
import { STRUCTURED } from "../config/structured.ts";
import type { Surroundings } from "../config/surroundings.ts";
import type { Flags } from "../config/written.ts";
import { createFileAtomic } from "../state/atomic-file.ts";
import type { Call } from "./command.ts";
import { fileFailure } from "./file-failure.ts";
import { fileValue, spaced } from "./file-value.ts";
import { printProblems } from "./problems.ts";
import { paint, wrap } from "./terminal.ts";

/** Readable by all, since it may be written by root for the service's user; a secret in it is warned about. */
const MODE = 0o644;

const TWICE = { where: "--config", what: "FILE is written as well.", mend: "Write one of the two." };

/** `openclaw-edge config init [FILE]`: a commented file. Nothing that is there is ever overwritten. */
export async function configInit({ flags, words: [word], surroundings }: Call<typeof OPTIONS>): Promise<number> {
  const options = new OptionReader(OPTIONS, onlyFlags(flags), surroundings);
  options.readEverything();
  const title = { command: "config init", refusal: "No file was written:" };
  const [flag] = flags["config"] ?? [];
  const problems = [...options.problems, ...(word !== undefined && flag !== undefined ? [TWICE] : [])];
  if (problems.length > 0) return printProblems(problems, title);
  const path = resolve(surroundings.directory, word ?? whereItIsLookedFor(flag, surroundings));
  if (word === "-") {
    process.stdout.write(fileText(options, flags, undefined));
    return 0;
  }
  const failure = await written(path, fileText(options, flags, path));
  if (failure !== undefined) {
    printProblems([{ where: path, what: failure.what, mend: failure.mend }], title);
    return failure.code;
  }
  const named = word ?? flag;
  const check = named === undefined ? "openclaw-edge config check" : `openclaw-edge config check --config ${named}`;
  process.stdout.write(`${paint(process.stdout, "green", "Written:")} ${path}\n${wrap(`Fill it in, then: ${check}`, "").join("\n")}\n`);
  return 0;
}

/** As the edge does it: `--config`, the environment, the usual place. */
function whereItIsLookedFor(flag: string | undefined, surroundings: Surroundings): string {
  const named = flag ?? surroundings.environment["OPENCLAW_EDGE_CONFIG"];
  return (named === undefined ? undefined : namedConfigFile(named, surroundings)) ?? usualConfigFiles(surroundings)[0] ?? "config.json5";
}

/** Writes the file; answers why it could not be, with the exit code that this is. */
async function written(
  path: string,
  text: string,
): Promise<{ readonly code: 1 | 2; readonly what: string; readonly mend: string } | undefined> {
  try {
    await mkdir(dirname(path), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      // A file stands where the directory should be.
      throw error.code === "EEXIST" ? Object.assign(error, { code: "ENOTDIR" }) : error;
    });
    await createFileAtomic(path, text, MODE);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error && error.code === "EEXIST")
      return { code: 2, what: "It is there already.", mend: "Name another file, or print one: openclaw-edge config init -" };
    const failure = fileFailure(Object.assign(error, { path }));
    if (failure === undefined) throw error;
    const mend = "Name another file, or run this as the user who owns the directory.";
    return { code: 1, what: failure.what, mend: failure.mend.includes("--state") ? mend : failure.mend };
  }
}

function fileText(options: OptionReader<typeof OPTIONS>, flags: Flags, path: string | undefined): string {
  const groups = Map.groupBy(
    (Object.keys(OPTIONS) as OptionName[]).filter((name) => name !== "config"),
    (name) => (OPTIONS[name] as Option<unknown>).group,
  );
  return [
    ...wrap(
      "The configuration of openclaw-edge, in JSON5: comments and trailing commas are welcome. The command line (--https-port) and the " +
        "environment (OPENCLAW_EDGE_HTTPS_PORT) win over this file. What stands in a comment is the default, or an example. Check it " +
        "with: openclaw-edge config check",
      "// ",
    ),
    "{",
    ...schemaLine(path),
    `  "version": ${VERSION},`,
    ...[...groups].flatMap(([group, names]) => ["", `  // ---- ${group}`, ...names.flatMap((name) => optionLines(name, options, flags))]),
    "",
    "  // ---- More than an option can say",
    ...Object.entries(STRUCTURED).flatMap(([key, { help, example }]) => [
      "",
      ...comment(`${capital(help)}.`),
      `  // "${key}": ${spaced(example)},`,
    ]),
    "}",
    "",
  ].join("\n");
}

/** Where the schema of this installation is, relative where that is shorter; none in a checkout that was never built. */
function schemaLine(path: string | undefined): readonly string[] {
  const schema = fileURLToPath(new URL("../config.schema.json", import.meta.url));
  if (!existsSync(schema)) return [];
  const near = path === undefined ? schema : relative(dirname(path), schema);
  return [
    `  "$schema": ${JSON.stringify(near.length < schema.length ? (near.startsWith(".") ? near : `./${near}`) : `file://${schema}`)},`,
  ];
}

function optionLines(name: OptionName, options: OptionReader<typeof OPTIONS>, flags: Flags): readonly string[] {
  const row = OPTIONS[name] as Option<unknown>;
  const lines = comment(describeInFile(row, false, Object.values(OPTIONS)));
  const value = fileValue(name, options, flags);
  return ["", ...lines, value === undefined ? `  // "${row.flag}": ${example(row)},` : `  "${row.flag}": ${value},`];
}

function example(row: Option<unknown>): string {
  const text = row.fallback ?? row.example;
  const value = text === undefined ? (row.secret ? { file: "secret" } : (row.value ?? "")) : valueOf(row, text);
  return spaced(row.repeatable ? [value] : value);
}

const comment = (text: string): readonly string[] => wrap(text, "  // ");
