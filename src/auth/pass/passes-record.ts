/** The text of `passes.json` in the state directory. Pure. */
import { shown } from "../../config/read.ts";
import { USER_NAME } from "../basic/htpasswd.ts";
import { OPERATOR_SCOPES } from "../scopes.ts";
import { PASS_ID } from "./pass-text.ts";
import type { Problem } from "../../errors.ts";

/** A pass as it is kept. */
export interface PassRecord {
  readonly id: string;
  /** What its user calls it: the device. Unique among the user's passes. */
  readonly name: string;
  readonly user: string;
  /** SHA-256 of the whole pass, base64url. */
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** The same; undefined: it lasts until it is revoked. */
  readonly expires: number | undefined;
  /** Undefined: whatever its user may do. */
  readonly scopes: readonly string[] | undefined;
}

export type ReadPasses =
  | { readonly kind: "good"; readonly passes: readonly PassRecord[] }
  | { readonly kind: "bad"; readonly problems: readonly Problem[] };

/** What a pass may be called. */
export const PASS_NAME = /^[A-Za-z0-9._@+-]{1,64}$/;

/** Passes in all. */
export const MOST_PASSES = 1_000;

/** Octets: a thousand passes, each with a list of scopes of its own. */
export const LARGEST_PASSES = 1_048_576;

const VERSION = 1;
const MOST_PROBLEMS = 20;

/** Reads the file's text. `path` only serves the messages; nothing of a hash is ever repeated. */
export function readPasses(text: string, path: string): ReadPasses {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return bad([{ where: path, what: "It is no valid JSON.", mend: restore(path) }]);
  }
  if (!isObject(parsed)) return bad([{ where: path, what: "It is no JSON object.", mend: restore(path) }]);
  const { version, passes } = parsed;
  if (version !== VERSION) {
    const newer = typeof version === "number" && version > VERSION;
    const what = newer ? `A newer openclaw-edge wrote it (version ${version}).` : "Its version is missing or unknown.";
    return bad([{ where: `${path} version`, what, mend: newer ? "Run that version again." : restore(path) }]);
  }
  if (!Array.isArray(passes)) return bad([{ where: `${path} passes`, what: "It is no list.", mend: restore(path) }]);
  if (passes.length > MOST_PASSES) {
    return bad([{ where: `${path} passes`, what: `There are ${passes.length}; the most is ${MOST_PASSES}.`, mend: "Take some out." }]);
  }
  const read: PassRecord[] = [];
  const problems: Problem[] = [];
  const ids = new Set<string>();
  for (const [index, entry] of passes.entries()) {
    const pass = readEntry(entry);
    if (typeof pass !== "string" && !ids.has(pass.id)) {
      ids.add(pass.id);
      read.push(pass);
      continue;
    }
    if (problems.length >= MOST_PROBLEMS) break;
    const what = typeof pass === "string" ? pass : `The id ${pass.id} stands there twice.`;
    problems.push({ where: `${path} passes[${index}]`, what, mend: "Take it out, and create the pass anew." });
  }
  return problems.length > 0 ? bad(problems) : { kind: "good", passes: read };
}

/** One pass a line, so that it can be read and compared. Times are written for people. */
export function writePasses(passes: readonly PassRecord[]): string {
  const lines = passes.map(({ created, expires, scopes, ...rest }) => {
    const times = { created: iso(created), ...(expires !== undefined && { expires: iso(expires) }) };
    return `    ${JSON.stringify({ ...rest, ...times, ...(scopes !== undefined && { scopes }) })}`;
  });
  return `{\n  "version": ${VERSION},\n  "passes": [${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n  `}]\n}\n`;
}

/** A pass, or what is wrong with it. */
function readEntry(entry: unknown): PassRecord | string {
  if (!isObject(entry)) return "It is no JSON object.";
  const { id, name, user, hash, created, expires, scopes } = entry;
  if (typeof id !== "string" || !PASS_ID.test(id)) return "Its id is missing or not valid.";
  if (typeof name !== "string" || !PASS_NAME.test(name)) return "Its name is missing or not valid.";
  if (typeof user !== "string" || !USER_NAME.test(user)) return "Its user is missing or not valid.";
  if (typeof hash !== "string" || !/^[\w-]{43}$/.test(hash)) return "Its hash is missing or damaged.";
  const [since, until] = [time(created), expires === undefined ? undefined : time(expires)];
  if (since === undefined) return "The time of its creation is missing or no time.";
  // Never taken for "it does not expire".
  if (expires !== undefined && until === undefined) return "The time of its expiry is no time.";
  const unknown = scopes === undefined ? undefined : unknownScope(scopes);
  if (unknown !== undefined) return unknown;
  return { id, name, user, hash, created: since, expires: until, scopes: scopes as readonly string[] | undefined };
}

function unknownScope(scopes: unknown): string | undefined {
  if (!Array.isArray(scopes)) return "Its scopes are no list.";
  const unknown: unknown = scopes.find((scope) => !OPERATOR_SCOPES.some((known) => known === scope));
  return unknown === undefined ? undefined : `There is no scope ${shown(typeof unknown === "string" ? unknown : JSON.stringify(unknown))}.`;
}

function time(value: unknown): number | undefined {
  const parsed = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

const bad = (problems: readonly Problem[]): ReadPasses => ({ kind: "bad", problems });
const restore = (path: string): string =>
  `Restore it from a backup, or move it away, which revokes every pass:\n  mv ${path} ${path}.broken`;
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
