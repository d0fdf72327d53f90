import { dirname, resolve } from "node:path";

import type { Problem } from "../errors.ts";
import { described, problemAt, unknownKeys, type ConfigMember, type ConfigNode, type ConfigObject } from "./config-node.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { Option } from "./option.ts";
import { isMistake, mistake, shown, type Read } from "./read.ts";
import { readSecretFile } from "./secret.ts";
import { STRUCTURED, type StructuredKey } from "./structured.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Place, Source, Written } from "./written.ts";

/** The file's format. It grows when a key changes its meaning, so that an old edge refuses a file that it would misunderstand. */
export const VERSION = 1;

export interface FileSource {
  readonly source: Source;
  /** The keys that hold more than an option can say. */
  readonly nodes: ReadonlyMap<StructuredKey, ConfigNode>;
  readonly problems: readonly Problem[];
  /** Secrets that stand in the file itself. */
  readonly secrets: readonly Place[];
}

/** What a configuration file says: the options' values as text, with their places. */
export async function fromFile(root: ConfigObject, rows: readonly Option<unknown>[], surroundings: Surroundings): Promise<FileSource> {
  const keys = ["$schema", "version", ...rows.map(({ flag }) => flag), ...Object.keys(STRUCTURED)];
  const source = new Map<string, readonly Written[]>();
  const nodes = new Map<StructuredKey, ConfigNode>();
  const secrets: Place[] = [];
  const problems: Problem[] = [...unknownKeys(root, keys), ...wrongVersion(root)];
  for (const member of root.members.values()) {
    if (isStructured(member.key)) nodes.set(member.key, member.value);
    const row = rows.find(({ flag }) => flag === member.key);
    if (row === undefined) continue;
    if (row.secret)
      secrets.push(
        ...itemsOf(member.value)
          .filter(({ kind }) => kind === "string")
          .map(({ place }) => place),
      );
    const { texts, problems: wrong } = await textsOf(member, row, surroundings);
    problems.push(...wrong);
    source.set(row.flag, texts);
  }
  return { source, nodes, problems, secrets };
}

const itemsOf = (value: ConfigNode): readonly ConfigNode[] => (value.kind === "array" ? value.items : [value]);
const isStructured = (key: string): key is StructuredKey => Object.hasOwn(STRUCTURED, key);

function wrongVersion({ members }: ConfigObject): readonly Problem[] {
  const problems: Problem[] = [];
  const version = members.get("version")?.value;
  if (version !== undefined && !(version.kind === "number" && version.value === VERSION)) {
    const what = `This edge reads version ${VERSION} of the file, and this is ${described(version)}.`;
    problems.push(problemAt(version.place, mistake(what, versionMend(version))));
  }
  const schema = members.get("$schema")?.value;
  if (schema !== undefined && schema.kind !== "string") {
    const mend = "Write the schema's address in quotes, or leave it out.";
    problems.push(problemAt(schema.place, mistake(`$schema is ${described(schema)}.`, mend)));
  }
  return problems;
}

function versionMend(value: ConfigNode): string {
  const isNewer = value.kind === "number" && value.value > VERSION;
  return isNewer ? "Update openclaw-edge, or write the file for this version." : `Write "version": ${VERSION}, or leave it out.`;
}

async function textsOf(
  { value }: ConfigMember,
  row: Option<unknown>,
  surroundings: Surroundings,
): Promise<{ readonly texts: readonly Written[]; readonly problems: readonly Problem[] }> {
  const refuse = (what: string, mend: string) => ({ texts: [], problems: [problemAt(value.place, mistake(what, mend))] });
  if (value.kind === "array" && !row.repeatable) {
    return refuse("It takes one value, and this is an array.", "Write the value without the brackets.");
  }
  if (value.kind === "array" && value.items.length === 0) {
    return refuse("The array is empty.", "Write a value into it, or leave the key out.");
  }
  const texts: Written[] = [];
  const problems: Problem[] = [];
  for (const item of itemsOf(value)) {
    const read = row.secret ? await secretOf(item, row.repeatable, surroundings) : textOf(item, row, surroundings);
    if (isMistake(read)) problems.push(problemAt(item.place, read));
    else texts.push({ text: read.value, origin: { kind: "file", place: item.place } });
  }
  return { texts, problems };
}

function textOf(node: ConfigNode, row: Option<unknown>, surroundings: Surroundings): Read<string> {
  if (node.kind === "null") return mistake("null is no value.", "Leave the key out for its default.");
  const kinds = kindsOf(row.read.schema ?? { type: "string" });
  if (kinds.has(node.kind) && "value" in node) return { value: String(node.value) };
  const what = `It takes ${inWords(kinds)}, and this is ${described(node)}.`;
  if (!("value" in node)) return mistake(what, example(row));
  const asText = row.read(String(node.value).trim(), surroundings);
  // The value itself may be what is wrong: a duration without its unit.
  if (isMistake(asText)) return mistake(what, asText.mend);
  return mistake(
    what,
    kinds.has("string") ? `Write it in quotes: ${shown(String(node.value))}.` : `Write it without quotes: ${node.value}.`,
  );
}

const example = (row: Option<unknown>): string =>
  row.fallback === undefined ? `Values are ${row.range}.` : `Its default is ${shown(row.fallback)}.`;

function inWords(kinds: ReadonlySet<string>): string {
  const words: Readonly<Record<string, string>> = { string: "a string", number: "a number", boolean: "true or false" };
  return [...kinds].map((kind) => words[kind] ?? kind).join(" or ");
}

/** What the schema allows a value to be. */
function kindsOf(schema: JsonSchema): ReadonlySet<string> {
  const types = [
    schema.type ?? [],
    ...(schema.enum ?? []).map((one) => typeof one),
    schema.const === undefined ? [] : typeof schema.const,
  ].flat();
  const own = types.map((type) => (type === "integer" ? "number" : type));
  return new Set([...own, ...(schema.anyOf ?? []).flatMap((one) => [...kindsOf(one)])]);
}

/** `"value"`, `{ "env": "NAME" }` or `{ "file": "PATH" }`, the path relative to the configuration file's directory. */
async function secretOf(node: ConfigNode, lines: boolean, { environment, directory }: Surroundings): Promise<Read<string>> {
  if (node.kind === "string") return { value: node.value };
  const [member, more] = node.kind === "object" ? [...node.members.values()] : [];
  if (member === undefined || more !== undefined || member.value.kind !== "string" || (member.key !== "env" && member.key !== "file")) {
    // What is there is not told: it may be the secret, misplaced.
    return mistake("A secret is a string, or where to find one.", 'Write "…", { "env": "NAME" } or { "file": "PATH" }.');
  }
  const { value } = member.value;
  if (member.key === "file") return readSecretFile(resolve(dirname(resolve(directory, node.place.file)), value), lines);
  const text = environment[value] ?? "";
  return text === ""
    ? mistake(`The variable ${shown(value)} is not set.`, "Set it where the edge is started, or name another.")
    : { value: text };
}
