/** Scopes as they are written on the command line. */
import { DEFAULT_SCOPES, OPERATOR_SCOPES, readScope, type OperatorScope } from "../../auth/scopes.ts";
import { nearest } from "../../config/nearest.ts";
import { shown } from "../../config/read.ts";
import type { Problem } from "../../errors.ts";

/** Words that stand for a list. */
const LISTS: ReadonlyMap<string, readonly OperatorScope[]> = new Map([
  ["all", OPERATOR_SCOPES],
  ["none", []],
  ["default", DEFAULT_SCOPES],
]);

/** Every word that may be written. */
export const SCOPE_WORDS: readonly string[] = [...OPERATOR_SCOPES.map((scope) => scope.replace(/^operator\./, "")), ...LISTS.keys()];

/** What is wrong with a list: `read write`, `read,write`, `all`. */
export function problemsOfScopes(words: readonly string[], where: string): readonly Problem[] {
  const parts = split(words);
  return parts.flatMap((part) => {
    const isList = LISTS.has(part);
    if (isList && parts.length > 1) {
      const what = `${part} stands for a whole list, and other scopes are written beside it.`;
      return [{ where: `${where} ${part}`, what, mend: `Write ${part} alone, or the scopes without it.` }];
    }
    if (isList || readScope(part) !== undefined) return [];
    const near = nearest(part.replace(/^operator\./, ""), SCOPE_WORDS);
    const mend = near === undefined ? `There are: ${SCOPE_WORDS.join(", ")}.` : `Did you mean ${near}?`;
    return [{ where: `${where} ${shown(part)}`, what: "The Gateway has no such scope.", mend }];
  });
}

/** The scopes that the words stand for, once nothing is wrong with them; in one order, so that the same list is the same text. */
export function scopesOfWords(words: readonly string[]): readonly OperatorScope[] {
  const meant = split(words).flatMap((part) => LISTS.get(part) ?? readScope(part) ?? []);
  return OPERATOR_SCOPES.filter((scope) => meant.includes(scope));
}

const split = (words: readonly string[]): readonly string[] => words.flatMap((word) => word.split(/[\s,]+/)).filter((part) => part !== "");
