/** The text of `scopes.json` in the state directory: who is the owner, and who has other scopes than the usual ones. Pure. */
import { shown } from "../config/read.ts";
import type { Problem } from "../errors.ts";
import { USER_NAME } from "./basic/htpasswd.ts";
import { allows, DEFAULT_SCOPES, intersection, OPERATOR_SCOPES, scopesField } from "./scopes.ts";

export interface ScopesRecord {
  /**
   * Who has all scopes; undefined: nobody has been made the owner. Written down once, and never worked out again: whoever comes first in
   * a file that other tools edit must not become somebody who may do everything.
   */
  readonly owner: string | undefined;
  /** Scopes by name, for those who don't have the usual ones. */
  readonly users: ReadonlyMap<string, readonly string[]>;
}

export type ReadRecord =
  | { readonly kind: "good"; readonly record: ScopesRecord }
  | { readonly kind: "bad"; readonly problems: readonly Problem[] };

/** Octets: some 10,000 users with scopes of their own. */
export const LARGEST_RECORD = 1_048_576;

const VERSION = 1;
const KEYS = new Set(["version", "owner", "users"]);
const MOST_PROBLEMS = 20;

/** Reads the record's text. `path` only serves the messages. */
export function readRecord(text: string, path: string): ReadRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const [, line, column] = /line (\d+) column (\d+)/.exec(String(error)) ?? [];
    const where = line === undefined ? path : `${path}:${line}:${column}`;
    return bad([{ where, what: "It is no valid JSON.", mend: restore(path) }]);
  }
  if (!isObject(parsed)) return bad([{ where: path, what: "It is no JSON object.", mend: restore(path) }]);
  const { version, owner = null, users = {} } = parsed;
  if (version !== VERSION) {
    const newer = typeof version === "number" && version > VERSION;
    const what = newer ? `A newer openclaw-edge wrote it (version ${version}).` : "Its version is missing or unknown.";
    return bad([{ where: `${path} version`, what, mend: newer ? "Run that version again." : `Write "version": ${VERSION}.` }]);
  }
  const problems: Problem[] = [];
  for (const key of Object.keys(parsed)) {
    if (KEYS.has(key)) continue;
    problems.push({ where: `${path} ${shown(key)}`, what: "There is no such entry.", mend: "Take it out." });
  }
  if (owner !== null && !isName(owner)) {
    problems.push({
      where: `${path} owner`,
      what: "It is no user's name.",
      mend: 'Name the owner, as in "owner": "alice", or write null.',
    });
  }
  if (!isObject(users)) {
    problems.push({ where: `${path} users`, what: "It is no JSON object.", mend: 'Write scopes by name: {"bob": ["operator.read"]}.' });
    return bad(problems);
  }
  const read = new Map<string, readonly string[]>();
  for (const [name, scopes] of Object.entries(users)) {
    if (problems.length >= MOST_PROBLEMS) break;
    const problem = problemOf(name, scopes);
    if (problem === undefined) read.set(name, scopes as readonly string[]);
    else problems.push({ where: `${path} users.${shown(name)}`, ...problem });
  }
  if (problems.length > 0) return bad(problems);
  return { kind: "good", record: { owner: (owner as string | null) ?? undefined, users: read } };
}

/**
 * The record without what names that are gone had beyond the usual scopes. What was less stays: by the same look of it, somebody may be
 * about to add a user of that name who shall have less. The same object where nothing changes.
 */
export function withoutRightsOf(record: ScopesRecord, isGone: (name: string) => boolean): ScopesRecord {
  const users = new Map(record.users);
  for (const [name, scopes] of record.users) {
    if (!isGone(name) || scopes.every((scope) => allows(DEFAULT_SCOPES, scope))) continue;
    const left = intersection(scopes, DEFAULT_SCOPES);
    if (DEFAULT_SCOPES.every((scope) => allows(left, scope))) users.delete(name);
    else users.set(name, left);
  }
  const owner = record.owner === undefined || isGone(record.owner) ? undefined : record.owner;
  const isSame = owner === record.owner && [...record.users].every(([name, scopes]) => users.get(name) === scopes);
  return isSame ? record : { owner, users };
}

/** Whether both say the same of one name. */
export function saysTheSame(one: ScopesRecord, other: ScopesRecord, name: string): boolean {
  const [mine, its] = [one.users.get(name), other.users.get(name)];
  const isEqual = mine === undefined || its === undefined ? mine === its : scopesField(mine) === scopesField(its);
  return isEqual && (one.owner === name) === (other.owner === name);
}

export function sameRecord(one: ScopesRecord, other: ScopesRecord): boolean {
  if (one.owner !== other.owner || one.users.size !== other.users.size) return false;
  for (const [name, scopes] of one.users) {
    if (scopesField(other.users.get(name) ?? []) !== scopesField(scopes) || !other.users.has(name)) return false;
  }
  return true;
}

/** One user a line, so that it can be read and compared. */
export function writeRecord({ owner, users }: ScopesRecord): string {
  const lines = [...users].map(([name, scopes]) => `    ${JSON.stringify(name)}: ${JSON.stringify(scopes)}`);
  const listed = lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n  }`;
  return `{\n  "version": ${VERSION},\n  "owner": ${JSON.stringify(owner ?? null)},\n  "users": ${listed}\n}\n`;
}

function problemOf(name: string, scopes: unknown): Omit<Problem, "where"> | undefined {
  if (!USER_NAME.test(name)) return { what: "The user name is not valid.", mend: "Use 1 to 64 characters out of A-Z a-z 0-9 . _ @ + -." };
  if (!Array.isArray(scopes)) return { what: "It is no list.", mend: 'Write a list, as in ["operator.read"]; [] is none.' };
  const unknown: unknown = scopes.find((scope) => !OPERATOR_SCOPES.some((known) => known === scope));
  if (unknown === undefined) return undefined;
  return {
    what: `There is no scope ${shown(typeof unknown === "string" ? unknown : JSON.stringify(unknown))}.`,
    mend: `There are: ${OPERATOR_SCOPES.join(", ")}.`,
  };
}

const bad = (problems: readonly Problem[]): ReadRecord => ({ kind: "bad", problems });
const restore = (path: string): string => `Mend it, or move it away and set owner and scopes anew:\n  mv ${path} ${path}.broken`;
const isName = (value: unknown): value is string => typeof value === "string" && USER_NAME.test(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
