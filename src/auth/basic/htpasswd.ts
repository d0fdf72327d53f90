/** The grammar of a users file: `name:bcrypt` a line, `#` comments, blank lines. Pure: no files here. */
import { detached } from "../../http1/detached.ts";
import { runAtOnce } from "./slices.ts";
import type { Problem } from "../../errors.ts";

/** One user's line. */
export interface HtpasswdEntry {
  /** The whole bcrypt hash, 60 characters. */
  readonly hash: string;
  /** The binary logarithm of bcrypt's rounds, 4 to 17. */
  readonly cost: number;
  /** The line's number, from 1. */
  readonly line: number;
}

export interface Htpasswd {
  readonly users: ReadonlyMap<string, HtpasswdEntry>;
  /** Everything that is wrong, at most 100 lines of it; empty: the file is good. Never holds any part of a password or hash. */
  readonly problems: readonly Problem[];
}

/** What a user may be called: the Gateway refuses commas, spaces and others in the identity that it is given. */
export const USER_NAME = /^[A-Za-z0-9._@+-]{1,64}$/;

/** The highest bcrypt cost taken. Each step doubles the time of a sign-in; 17 is about ten seconds of a core. */
export const HIGHEST_COST = 17;

const LOWEST_COST = 4;
const MOST_PROBLEMS = 100;

/**
 * bcrypt's form: version, cost, 22 characters of salt, 31 of digest, in bcrypt's own base64. The last character of each
 * carries spare bits, and every writer sets them to zero: a hash with others in it can match no password.
 */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

/** Formats that are not taken: MD5, SHA-1, DES are broken in minutes by whoever gets the file; the others need code that is not here. */
const OTHER_FORMATS: readonly (readonly [start: RegExp, name: string])[] = [
  [/^\$apr1\$/, "Apache MD5 ($apr1$)"],
  [/^\{SHA\}/i, "SHA-1 ({SHA})"],
  [/^\{SSHA\}/i, "salted SHA-1 ({SSHA})"],
  [/^\$1\$/, "MD5 crypt ($1$)"],
  [/^\$5\$/, "SHA-256 crypt ($5$)"],
  [/^\$6\$/, "SHA-512 crypt ($6$)"],
  [/^\$y\$/, "yescrypt ($y$)"],
  [/^\$7\$/, "scrypt ($7$)"],
  [/^\$argon2(id|i|d)\$/, "Argon2 ($argon2…)"],
  [/^\$2x?\$/, "an outdated, flawed form of bcrypt ($2$ or $2x$)"],
  [/^\{[A-Za-z0-9-]{1,16}\}/, "an LDAP scheme ({…})"],
];

const DES_CRYPT = /^[./A-Za-z0-9]{13}$/;

/** Reads a users file's text. `path` only serves the messages. */
export function parseHtpasswd(text: string, path: string): Htpasswd {
  return runAtOnce(htpasswdSteps(text, path));
}

/** The same in steps of a few lines, for `runInSlices`: 100,000 lines take longer than the event loop may be held. */
export function* htpasswdSteps(text: string, path: string): Generator<void, Htpasswd> {
  const users = new Map<string, HtpasswdEntry>();
  const problems: Problem[] = [];
  let more = 0;
  let line = 0;
  for (let start = text.startsWith("\uFEFF") ? 1 : 0; start < text.length;) {
    line += 1;
    if (line % 64 === 0) yield;
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    const content = text.slice(start, end).trim();
    start = end + 1;
    if (content === "" || content.startsWith("#")) continue;
    const problem = readLine(content, line, path, users);
    if (problem === undefined) continue;
    if (problems.length < MOST_PROBLEMS) problems.push({ where: `${path}:${line}`, ...problem });
    else more += 1;
  }
  if (more > 0) problems.push({ where: path, what: `${more} more lines are wrong.`, mend: "Mend those above first." });
  if (users.size === 0 && problems.length === 0) problems.push(noUser(path));
  return { users, problems };
}

/** Adds the line's user, or says what is wrong. Whatever stands where a password could stand is never repeated. */
function readLine(content: string, line: number, path: string, users: Map<string, HtpasswdEntry>): Omit<Problem, "where"> | undefined {
  const colon = content.indexOf(":");
  if (colon === -1) {
    return { what: "The line has no colon between a name and a hash.", mend: `Remove the line, then run: ${addCommand(path)}` };
  }
  const name = content.slice(0, colon);
  if (!USER_NAME.test(name)) {
    return {
      what: "The user name is not valid.",
      mend: "Use 1 to 64 characters out of A-Z a-z 0-9 . _ @ + - (the Gateway takes no others).",
    };
  }
  // Like Apache and nginx, take what follows a second colon for a comment.
  const second = content.indexOf(":", colon + 1);
  const hash = content.slice(colon + 1, second === -1 ? content.length : second);
  const cost = Number(BCRYPT.exec(hash)?.[1] ?? Number.NaN);
  if (!(cost >= LOWEST_COST && cost <= HIGHEST_COST)) return refusal(name, hash, cost, path);
  const earlier = users.get(name);
  if (earlier !== undefined) {
    return { what: `"${name}" already stands on line ${earlier.line}.`, mend: "Remove one of the two lines." };
  }
  users.set(detached(name), { hash: detached(hash), cost, line });
  return undefined;
}

function refusal(name: string, hash: string, cost: number, path: string): Omit<Problem, "where"> {
  const mend = `Set the password anew: ${passwdCommand(path, name)}`;
  if (cost > HIGHEST_COST && cost <= 31) {
    return { what: `The bcrypt cost of "${name}" is ${cost}; the highest that is taken is ${HIGHEST_COST}.`, mend };
  }
  if (/^\$2[aby]\$/.test(hash)) {
    return { what: `The bcrypt hash of "${name}" is damaged (it must have 60 characters, and a cost of 04 to ${HIGHEST_COST}).`, mend };
  }
  const other = OTHER_FORMATS.find(([start]) => start.test(hash))?.[1];
  if (other !== undefined) return { what: `The password of "${name}" is stored as ${other}; only bcrypt is taken.`, mend };
  if (hash === "") return { what: `"${name}" has no password hash.`, mend };
  const guess = DES_CRYPT.test(hash) ? "DES crypt or plain text" : "plain text or in an unknown format";
  return { what: `The password of "${name}" is stored as ${guess}; only bcrypt is taken.`, mend };
}

function noUser(path: string): Problem {
  return { where: path, what: "The users file holds no user.", mend: `Add one: ${addCommand(path)}` };
}

/** The command that sets a password, ready to be copied into a shell. */
const passwdCommand = (path: string, name: string): string => `openclaw-edge user passwd ${name} --htpasswd ${quoted(path)}`;

/** The command that adds a user, and makes the file where there is none. */
export const addCommand = (path: string): string => `openclaw-edge user add NAME --htpasswd ${quoted(path)}`;

const quoted = (path: string): string => (/^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
