/** `openclaw-edge user list`. */
import { printProblems } from "../problems.ts";
import { passesAt } from "../pass/files.ts";
import { table } from "../table.ts";
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
  const record = await recordAt(place);
  const onDisk = await sessionsIn(place.state);
  const sessions = onDisk && countByName(onDisk.map(({ name }) => name));
  const passes = countByName((await passesAt(place)).map(({ user }) => user));
  const rows: readonly Row[] = [...users].map(([name, { cost, line }]) => ({
    name,
    owner: record?.owner === name,
    scopes: scopesIn(record, name),
    cost,
    line,
    sessions: sessions === undefined ? null : (sessions.get(name) ?? 0),
    passes: passes.get(name) ?? 0,
  }));
  if (json) {
    const owner = record?.owner ?? null;
    process.stdout.write(`${JSON.stringify({ file: place.users, state: place.state, owner, users: rows, problems }, null, 2)}\n`);
  } else {
    if (rows.length > 0) {
      process.stdout.write(`${table(["NAME", "SCOPES", "COST", "SESSIONS", "PASSES"], rows.map(cellsOf)).join("\n")}\n`);
    }
    const { owner } = record ?? {};
    if (owner !== undefined && !users.has(owner)) process.stdout.write(`\nThe owner on record, ${owner}, is not in the file.\n`);
    if (record !== undefined && owner === undefined && users.size > 0) {
      process.stdout.write("\nNobody is the owner: openclaw-edge user scopes NAME --owner\n");
    }
  }
  return problems.length === 0 ? 0 : printProblems(problems, { command: "user list" });
}

const cellsOf = ({ name, owner, scopes, cost, sessions, passes }: Row): readonly string[] => [
  name,
  owner ? "all (owner)" : shortScopes(scopes),
  String(cost),
  sessions === null ? "-" : String(sessions),
  String(passes),
];

function countByName(records: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of records) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
