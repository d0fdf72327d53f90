/** Whether a password is one that somebody who guesses would try early. Pure. */
import { COMMON_PASSWORDS } from "./common-passwords.ts";

/** What the password is, as in "It is …". */
export type Commonness = string | undefined;

/** Letters written as digits and signs; `1` and `!` stand for two of them. */
const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
  "9": "g",
  "@": "a",
  $: "s",
  "+": "t",
  "€": "e",
};

/** Rows, columns and other ways over a keyboard, and the alphabet; each backwards as well. */
const WALKS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890123456789",
  "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
  "qwertzuiopüasdfghjklöäyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
  "qazwsxedcrfvtgbyhnujmikolp",
  "1q2w3e4r5t6y7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "1a2b3c4d5e6f7g8h9i0j",
  "a1b2c3d4e5f6g7h8i9j0",
  "zaq1xsw2cde3vfr4bgt5nhy6mju7,ki8.lo9",
  "!qaz@wsx#edc$rfv%tgb^yhn",
  "!@#$%^&*()_+",
].flatMap((walk) => [walk, [...walk].toReversed().join("")]);
/** Neighbours on any of these ways, and a character beside itself. */
const NEIGHBOURS = new Set(WALKS.flatMap((walk) => [...walk].slice(1).map((character, index) => `${walk[index]}${character}`)));

const FEWEST_CHARACTERS = 5;

let words: ReadonlySet<string> | undefined;

/**
 * @param own words that are no secret here: the user's name, the host names
 * @param least characters that a password needs: a shorter one repeated is no longer one
 */
export function commonness(password: string, own: readonly string[], least: number): Commonness {
  const lower = password.toLowerCase();
  if (new Set(lower).size < FEWEST_CHARACTERS) return "the same few characters over and over";
  const unit = repeated(lower);
  if (unit !== undefined && [...unit].length < least) return "a shorter word, repeated";
  if (isWalk(lower)) return "a run of neighbouring keys or letters";
  const names = new Set(own.flatMap((name) => partsOf(name.toLowerCase())));
  words ??= new Set(COMMON_PASSWORDS);
  for (const core of cores(lower)) {
    if (isMadeOf(core, names)) return "made of the user's name or the host's";
    if (words.has(core)) return "among the most common passwords";
    if (isTwo(core, words, names)) return "two of the most common words in a row";
  }
  return undefined;
}

/** What it is a repetition of. */
function repeated(text: string): string | undefined {
  const period = (text + text).indexOf(text, 1);
  return period < text.length ? text.slice(0, period) : undefined;
}

/** At most one in four steps leads to a key that is no neighbour. */
function isWalk(text: string): boolean {
  let jumps = 0;
  for (let index = 1; index < text.length; index++) {
    const [before, here] = [text[index - 1], text[index]];
    if (before !== here && !NEIGHBOURS.has(`${before}${here}`)) jumps++;
  }
  return jumps * 4 <= text.length || WALKS.some((walk) => walk.includes(text));
}

/** The letters that a password is about: with digits and signs around them taken off, or read as letters; separators left out. */
function cores(lower: string): ReadonlySet<string> {
  const found = new Set<string>();
  const trims = [lower, lower.replace(/^[^a-z]+/, ""), lower.replace(/[^a-z]+$/, ""), lower.replaceAll(/^[^a-z]+|[^a-z]+$/g, "")];
  for (const text of trims) {
    for (const one of ["i", "l"]) {
      const read = [...text].map((character) => (character === "1" || character === "!" ? one : (LEET[character] ?? character))).join("");
      for (const spelling of [text, read]) found.add(spelling.replaceAll(/[^a-z]/g, ""));
    }
  }
  found.delete("");
  return found;
}

/** A name, and what it is made of: `ai.example.com` is `aiexamplecom`, `aiexample`, `ai`, `example`, `com`. */
function partsOf(name: string): readonly string[] {
  const parts = name.split(/[^a-z]+/).filter((part) => part.length > 0);
  return [...parts, parts.join(""), parts.slice(0, -1).join("")].filter((part) => part.length >= 2);
}

function isMadeOf(core: string, names: ReadonlySet<string>): boolean {
  if (core === "") return true;
  for (const name of names) if (core.startsWith(name) && isMadeOf(core.slice(name.length), names)) return true;
  return false;
}

function isTwo(core: string, common: ReadonlySet<string>, names: ReadonlySet<string>): boolean {
  const isKnown = (part: string): boolean => part.length >= 3 && (common.has(part) || names.has(part));
  for (let at = 3; at <= core.length - 3; at++) if (isKnown(core.slice(0, at)) && isKnown(core.slice(at))) return true;
  return false;
}
