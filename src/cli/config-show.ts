import { resolve } from "node:path";

import type { EdgeOptions } from "../config/decode.ts";
import { settingsOf, type Loaded } from "../config/load.ts";
import type { Option } from "../config/option.ts";
import { OPTIONS, type OptionName } from "../config/options.ts";
import { valueOf } from "../config/schema.ts";
import { STRUCTURED, type StructuredKey } from "../config/structured.ts";
import type { Origin } from "../config/written.ts";
import type { Call } from "./command.ts";
import { printProblems } from "./problems.ts";
import { paint, wrap } from "./terminal.ts";

/** Columns of the names, and of where the values come from. */
const [NAME, FROM] = [24, 13];

/** One option in force. */
interface InForce {
  readonly flag: string;
  /** A repeatable option's values are several. undefined: it has none, and `without` says what happens then. */
  readonly values: readonly (string | number | boolean)[] | undefined;
  readonly without: string;
  readonly origin: Origin | undefined;
}

/** `openclaw-edge config show`: what is in force and where it was written; secrets are masked. */
export async function configShow({ options, written, surroundings }: Call<typeof OPTIONS & { json: Option<boolean> }>): Promise<number> {
  const loaded = settingsOf(written, surroundings);
  const rows = (Object.keys(OPTIONS) as OptionName[]).filter((name) => name !== "config").map((name) => inForce(name, loaded));
  const keys = (Object.keys(STRUCTURED) as StructuredKey[]).flatMap((key) => {
    const node = loaded.options.node(key);
    return node === undefined ? [] : [{ key, place: node.place }];
  });
  const file = written.file === undefined ? undefined : resolve(surroundings.directory, written.file);
  if (options.required("json")) {
    const structured = keys.map(({ key, place }) => [key, { from: { kind: "file", line: place.line, column: place.column } }] as const);
    const all = Object.fromEntries([...rows.map((row) => [row.flag, asJson(row)] as const), ...structured]);
    process.stdout.write(`${JSON.stringify({ file: file ?? null, options: all }, undefined, 2)}\n`);
  } else {
    const lines = [
      `Configuration file: ${file ?? "none"}`,
      "",
      ...rows.flatMap(asLines),
      ...keys.map(({ key, place }) => `${key.padEnd(NAME)}${`line ${place.line}`.padEnd(FROM)}(in the file)`),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  if (loaded.kind === "loaded") return 0;
  process.stderr.write("\n");
  return printProblems(loaded.problems, { command: "config show", refusal: "The edge would not start with this:" });
}

function inForce(name: OptionName, { options, ...loaded }: Loaded): InForce {
  const row = OPTIONS[name] as Option<unknown>;
  const written = options.written(name);
  const values = options.isWritten(name) || row.fallback !== undefined ? shownValues(name, row, options) : undefined;
  const state = name === "state" && loaded.kind === "loaded" ? [loaded.settings.edge.state] : undefined;
  return { flag: row.flag, values: values ?? state, without: row.default.replaceAll("`", ""), origin: written[0]?.origin };
}

function shownValues(name: OptionName, row: Option<unknown>, options: EdgeOptions): readonly (string | number | boolean)[] {
  const read = options.all(name);
  if (row.secret) return read.map(() => "(secret)");
  const texts = options.isWritten(name) ? options.written(name).map(({ text }) => text.trim()) : [row.fallback ?? ""];
  // Where something can't be read, what was written is shown, and its mistake is told behind.
  if (read.length !== texts.length) return texts;
  return read.map((value, index) => {
    if (row.write !== undefined) return row.write(value);
    return typeof value === "string" ? value : valueOf(row, texts[index] ?? "");
  });
}

function asLines({ flag, values, without, origin }: InForce): readonly string[] {
  const from = values?.length === 0 ? "refused" : origin === undefined ? "default" : whence(origin);
  const shown = values === undefined ? [without] : values.length === 0 ? ["(it can't be read)"] : values.map(String);
  const indent = " ".repeat(NAME + FROM);
  const lines = shown.flatMap((value) => wrap(value, indent));
  const [first = "", ...rest] = lines;
  const all = [flag.padEnd(NAME) + from.padEnd(FROM) + first.slice(indent.length), ...rest];
  return origin === undefined ? all.map((line) => paint(process.stdout, "dim", line)) : all;
}

function whence(origin: Origin): string {
  return origin.kind === "file" ? `line ${origin.place.line}` : origin.kind;
}

function asJson({ flag, values, without, origin }: InForce): object {
  const isRepeatable = Object.values(OPTIONS).some((row) => row.flag === flag && row.repeatable);
  const value = values === undefined ? null : isRepeatable ? values : values[0];
  const from =
    origin?.kind === "file" ? { kind: "file", line: origin.place.line, column: origin.place.column } : (origin ?? { kind: "default" });
  return { value, ...(values === undefined && { without }), from };
}
