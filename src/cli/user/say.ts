/** What the user commands print besides problems. */
import type { Htpasswd } from "../../auth/basic/htpasswd.ts";
import { DEFAULT_SCOPES, OPERATOR_SCOPES } from "../../auth/scopes.ts";
import type { ScopesRecord } from "../../auth/scopes-record.ts";
import { paint, wrap } from "../terminal.ts";
import type { Place } from "./place.ts";

export function say(text: string): void {
  process.stdout.write(`${wrap(text, "").join("\n")}\n`);
}

/** In few letters: `read, write`, `all`, `none`. */
export function shortScopes(scopes: readonly string[]): string {
  if (scopes.length === 0) return "none";
  if (OPERATOR_SCOPES.every((scope) => scopes.includes(scope))) return "all";
  return scopes.map((scope) => scope.replace(/^operator\./, "")).join(", ");
}

/** What somebody may do by the record. */
export function scopesIn(record: ScopesRecord | undefined, name: string): readonly string[] {
  if (record?.owner === name) return OPERATOR_SCOPES;
  return record?.users.get(name) ?? DEFAULT_SCOPES;
}

/** Where it was written, and that a running edge needs nothing more. */
export function sayWritten({ users, state }: Place): void {
  const directory = users.startsWith(`${state}/`) ? "" : ` (state directory: ${state})`;
  say(paint(process.stdout, "dim", `Written: ${users}${directory}`));
}

/** The file's other mistakes: it was changed all the same, but the edge takes it up only when they are mended. */
export function warnOfRest({ problems }: Htpasswd): void {
  if (problems.length === 0) return;
  const lines = problems.flatMap(({ where, what, mend }) => [where, ...wrap(what, "  "), ...wrap(mend, "  ")]);
  const title = paint(process.stderr, "yellow", "The edge will not take this file up until the rest of it is mended:");
  process.stderr.write(`${title}\n${lines.map((line) => `  ${line}`).join("\n")}\n`);
}
