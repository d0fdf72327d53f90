import type { Problem } from "../errors.ts";
import type { Option } from "./option.ts";
import type { Sources } from "./sources.ts";
import { variable } from "./written.ts";

/**
 * What is wrong in the environment and the file for somebody who reads these options alone: a mistake elsewhere must not keep an operator
 * from looking at the edge that goes on with what was good before, or from removing a user. What may well be one of these counts, and so
 * does a file that can't be read as a whole, unless the command line and the environment have all of them.
 */
export function problemsConcerning({ sources, problems }: Sources, rows: readonly Option<unknown>[]): readonly Problem[] {
  const flags = new Set(rows.map(({ flag }) => flag));
  const [commandLine, environment] = sources;
  const isSettled = rows.every(({ flag }) => commandLine?.has(flag) === true || environment?.has(flag) === true);
  return problems.filter((problem) => concerns(problem, flags, isSettled));
}

function concerns({ where, mend }: Problem, flags: ReadonlySet<string>, isSettled: boolean): boolean {
  const meant = meantFlag(mend);
  const place = /:\d+:\d+(?: (?<path>.*))?$/.exec(where);
  if (place === null && /^(?:--|OPENCLAW_EDGE_)/.test(where)) {
    return [...flags].some((flag) => meant === flag || [`--${flag}-file`, variable(flag), `${variable(flag)}_FILE`].includes(where));
  }
  if (isSettled) return false;
  const key = meant ?? place?.groups?.["path"]?.split(/[.[]/, 1)[0];
  // Without a path it is the whole file; in a newer format a key may mean something else.
  return key === undefined || key === "version" || flags.has(key);
}

/** The option that a misspelt word probably meant. */
export function meantFlag(mend: string): string | undefined {
  const [, key, name] = /^Did you mean (?:"([a-z-]+)"|OPENCLAW_EDGE_([A-Z_]+))\?$/.exec(mend) ?? [];
  return key ?? name?.toLowerCase().replaceAll("_", "-");
}
