import { parse, type MemberNode, type ValueNode } from "@humanwhocodes/momoa";

import type { Problem } from "../errors.ts";
import { problemAt, type ConfigMember, type ConfigNode } from "./config-node.ts";
import { mistake, shown, type Mistake } from "./read.ts";
import { findUnclosed } from "./unclosed.ts";
import type { Place } from "./written.ts";

/** Objects and arrays in each other: nothing in the configuration goes deeper than four. */
const DEEPEST = 32;

/** JSON5 → a tree that knows the place of everything; undefined where its grammar is broken. Duplicate keys are problems, the first one counts. */
export function parseJson5(text: string, file: string): { readonly root: ConfigNode | undefined; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const unclosed = findUnclosed(text);
  if (unclosed !== undefined) return { root: undefined, problems: [problemAt(placeAt(unclosed.offset, text, file), unclosed.mistake)] };
  try {
    const { body } = parse(text, { mode: "json5" });
    return { root: convert(body, { file, problems }, "", 0), problems };
  } catch (error) {
    const problem = grammarProblem(error, text, file);
    if (problem === undefined) throw error;
    return { root: undefined, problems: [problem] };
  }
}

interface Source {
  readonly file: string;
  readonly problems: Problem[];
}

class TooDeep extends Error {
  readonly place: Place;

  constructor(place: Place) {
    super("nested too deeply");
    this.place = place;
  }
}

function convert(node: ValueNode, source: Source, path: string, depth: number): ConfigNode {
  const place = placeOf(node, source, path);
  if (depth > DEEPEST) throw new TooDeep(place);
  switch (node.type) {
    case "Object":
      return { kind: "object", place, members: membersOf(node.members, source, path, depth) };
    case "Array":
      return {
        kind: "array",
        place,
        items: node.elements.map(({ value }, index) => convert(value, source, `${path}[${index}]`, depth + 1)),
      };
    case "String":
      return { kind: "string", place, value: node.value };
    case "Number":
      return { kind: "number", place, value: node.value };
    case "Infinity":
      return { kind: "number", place, value: node.sign === "-" ? -Infinity : Infinity };
    case "NaN":
      return { kind: "number", place, value: Number.NaN };
    case "Boolean":
      return { kind: "boolean", place, value: node.value };
    case "Null":
      return { kind: "null", place };
    default:
      return node satisfies never;
  }
}

function membersOf(members: readonly MemberNode[], source: Source, path: string, depth: number): ReadonlyMap<string, ConfigMember> {
  const found = new Map<string, ConfigMember>();
  for (const { name, value } of members) {
    const key = name.type === "String" ? name.value : name.name;
    const ownPath = /^[\w$-]+$/.test(key) ? `${path}${path === "" ? "" : "."}${key}` : `${path}[${JSON.stringify(key)}]`;
    const place = placeOf(name, source, ownPath);
    const before = found.get(key);
    if (before === undefined) found.set(key, { key, place, value: convert(value, source, ownPath, depth + 1) });
    else {
      const what = `The key ${shown(key)} is there twice; the first is in line ${before.place.line}.`;
      source.problems.push(problemAt(place, mistake(what, "Keep one of them.")));
    }
  }
  return found;
}

function placeOf(
  { loc }: { readonly loc: { readonly start: { readonly line: number; readonly column: number } } },
  { file }: Source,
  path: string,
): Place {
  return { file, line: loc.start.line, column: loc.start.column, path };
}

function placeAt(offset: number, text: string, file: string): Place {
  const lines = text.slice(0, offset).split(/\r\n|[\n\r]/);
  return { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, path: "" };
}

/** What the parser stumbled over, in words; undefined: it is no mistake of the file's. */
function grammarProblem(error: unknown, text: string, file: string): Problem | undefined {
  if (error instanceof TooDeep) return problemAt(error.place, tooDeep);
  if (error instanceof RangeError) return { where: file, ...tooDeep };
  if (!(error instanceof Error) || !("line" in error) || typeof error.line !== "number") return undefined;
  const column = "column" in error && typeof error.column === "number" ? error.column : 1;
  const offset = "offset" in error && typeof error.offset === "number" ? error.offset : 0;
  const place = { file, line: error.line, column, path: "" };
  return problemAt(place, stumbled(text, offset, text.split(/\r\n|[\n\r]/)[error.line - 1] ?? "", error.message));
}

const tooDeep = mistake(
  `Objects and arrays are nested more than ${DEEPEST} deep.`,
  "Nothing here needs more than a few: look for a bracket too many.",
);

function stumbled(text: string, offset: number, line: string, message: string): Mistake {
  if (text.trim() === "")
    return mistake("The file is empty.", "Write at least {}, or make a commented one with openclaw-edge config init.");
  const key = /(?:^|[{,])\s*([A-Za-z_$][\w$]*(?:-[\w$]+)+)\s*:/.exec(line)?.[1];
  if (key !== undefined) return mistake(`The key ${key} has a hyphen and no quotes.`, `Write "${key}" in quotes.`);
  const before = beforeOffset(text, offset);
  if (message.includes("end of input") || isOpen(text)) {
    return mistake("The file ends too early.", "Close what is open: look for a missing } or ].");
  }
  const found = foundAt(text, offset);
  if (before !== undefined && /["'\w}\]]/.test(before)) {
    return mistake(`${found} comes where a comma or a bracket was expected.`, "Put a comma (after a key: a colon) in front of it.");
  }
  if (before === ":")
    return mistake("The value is not one that the file can hold.", "Write text in quotes; numbers, true and false without.");
  return mistake(`${found} does not belong here.`, "The file is JSON5: keys and values in { }, a comma between two of them.");
}

/** A key or a character; any other word is not repeated, because it may be a secret that lost a quote. */
function foundAt(text: string, offset: number): string {
  const [word = "", colon] = /^(?:"[\w$-]*"|'[\w$-]*'|[\w$.+-]+|.)(\s*:)?/su.exec(text.slice(offset)) ?? [];
  if (colon !== undefined) return shown(word.slice(0, -colon.length).replaceAll(/["']/g, ""));
  return /^[^\w"']$/u.test(word) ? shown(word) : "A word";
}

/** More is opened than closed: at the end of the file the parser stumbles over whatever came last. */
function isOpen(text: string): boolean {
  const bare = text.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/.*|\/\*[^]*?\*\//g, "");
  const count = (brackets: RegExp): number => bare.match(brackets)?.length ?? 0;
  return count(/[[{]/g) > count(/[\]}]/g);
}

/** The last character before the offset that is neither space nor within a comment on its line. */
function beforeOffset(text: string, offset: number): string | undefined {
  return text
    .slice(0, offset)
    .replaceAll(/\/\*.*?\*\//gs, "")
    .replaceAll(/(?<=^|[\s,{[\]}])\/\/.*$/gm, "")
    .trimEnd()
    .at(-1);
}
