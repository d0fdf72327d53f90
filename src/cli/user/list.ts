/** `openclaw-edge user list`. */
import { printProblems } from "../problems.ts";
import { passesAt } from "../pass/files.ts";
import { paint } from "../terminal.ts";
import { recordAt, usersAt, type Place } from "./place.ts";
import { scopesIn, shortScopes } from "./say.ts";
import { sessionsIn } from "./sessions.ts";

interface Row {
  readonly name: string;
  readonly owner: boolean;
  readonly scopes: readonly string[];
  /** bcrypt's. */
  readonly cost: number;
  /** Where the user stands in the file, from 1. */
  readonly line: number;
  /** Null: there is no file of them. */
  readonly sessions: number | null;
  readonly passes: number;
}

/** Exit code 2 where the file has mistakes: they are printed beside the users that it has. */
export async function listUsers(place: Place, json: boolean): Promise<number> {
  const { users, problems } = await usersAt(place);
  const [record, sessions] = [await recordAt(place), countByName(await sessionsIn(place.state))];
  const passes = await passesAt(place);
  const rows: readonly Row[] = [...users].map(([name, { cost, line }]) => ({
    name,
    owner: record?.owner === name,
    scopes: scopesIn(record, name),
    cost,
    line,
    sessions: sessions === undefined ? null : (sessions.get(name) ?? 0),
    passes: passes.filter(({ user }) => user === name).length,
  }));
  if (json) {
    const owner = record?.owner ?? null;
    process.stdout.write(`${JSON.stringify({ file: place.users, state: place.state, owner, users: rows, problems }, null, 2)}\n`);
  } else {
    process.stdout.write(table(rows));
    const { owner } = record ?? {};
    if (owner !== undefined && !users.has(owner)) process.stdout.write(`\nThe owner on record, ${owner}, is not in the file.\n`);
    if (record !== undefined && owner === undefined && users.size > 0) {
      process.stdout.write("\nNobody is the owner: openclaw-edge user scopes NAME --owner\n");
    }
  }
  return problems.length === 0 ? 0 : printProblems(problems, { command: "user list" });
}

function table(rows: readonly Row[]): string {
  if (rows.length === 0) return "";
  const cells = rows.map(({ name, owner, scopes, cost, sessions, passes }) => [
    name,
    owner ? "all (owner)" : shortScopes(scopes),
    String(cost),
    sessions === null ? "-" : String(sessions),
    String(passes),
  ]);
  const head = ["NAME", "SCOPES", "COST", "SESSIONS", "PASSES"];
  const widths = head.map((title, column) => Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0), title.length));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${[paint(process.stdout, "bold", line(head)), ...cells.map(line)].join("\n")}\n`;
}

function countByName(records: Awaited<ReturnType<typeof sessionsIn>>): ReadonlyMap<string, number> | undefined {
  if (records === undefined) return undefined;
  const counts = new Map<string, number>();
  for (const { name } of records) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
