/** `openclaw-edge pass list`. */
import { readPassUse, type Use } from "../../auth/pass/pass-use.ts";
import { passesPath } from "../../auth/pass/edit-passes.ts";
import { asOwnerOf } from "../../state/as-owner.ts";
import { table } from "../table.ts";
import { namesAt, type Place } from "../user/place.ts";
import { say, shortScopes } from "../user/say.ts";
import { passesAt } from "./files.ts";
import type { PassRecord } from "../../auth/pass/passes-record.ts";

export async function listPasses(
  place: Place,
  { user, json }: { readonly user: string | undefined; readonly json: boolean },
): Promise<number> {
  const all = await passesAt(place);
  const uses = await asOwnerOf(passesPath(place.state), () => readPassUse(place.state));
  const users = await namesAt(place);
  const passes = all.filter((pass) => user === undefined || pass.user === user).toSorted(byUserAndName);
  const now = Date.now();
  if (json) {
    const rows = passes.map((pass) => ({
      ...publicJson(pass),
      state: stateOf(pass, users, now),
      used: usedJson(uses.get(pass.id)),
    }));
    process.stdout.write(`${JSON.stringify({ state: place.state, passes: rows }, null, 2)}\n`);
    return 0;
  }
  if (passes.length === 0) {
    say(
      `${user === undefined ? "There are no passes" : `${user} has no passes`}. Make one: openclaw-edge pass create --user NAME --name DEVICE`,
    );
    return 0;
  }
  const rows = passes.map((pass) => [
    pass.name,
    pass.user,
    pass.id,
    lastsIn(pass, stateOf(pass, users, now)),
    usedIn(uses.get(pass.id), now),
    pass.scopes === undefined ? "the user's" : shortScopes(pass.scopes),
  ]);
  process.stdout.write(`${table(["NAME", "USER", "ID", "EXPIRES", "LAST USED", "SCOPES"], rows).join("\n")}\n`);
  return 0;
}

/** What may be shown of a pass: all but its hash. */
export function publicJson({ id, name, user, created, expires, scopes }: PassRecord) {
  return { id, name, user, created: iso(created), expires: expires === undefined ? null : iso(expires), scopes: scopes ?? null };
}

/** What a pass is worth now. */
function stateOf({ user, expires }: PassRecord, users: ReadonlySet<string>, now: number): "good" | "expired" | "user gone" {
  if (!users.has(user)) return "user gone";
  return (expires ?? Infinity) <= now ? "expired" : "good";
}

function lastsIn({ expires }: PassRecord, state: ReturnType<typeof stateOf>): string {
  if (state !== "good") return state;
  return expires === undefined ? "never" : iso(expires).slice(0, 10);
}

function usedIn(use: Use | undefined, now: number): string {
  if (use === undefined) return "never";
  const minutes = Math.max(0, Math.floor((now - use.at) / 60_000));
  if (minutes < 2) return "just now";
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h ago` : iso(use.at).slice(0, 10);
}

const usedJson = (use: Use | undefined) => (use === undefined ? null : { at: iso(use.at), from: use.from });
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

function byUserAndName(one: PassRecord, other: PassRecord): number {
  return one.user === other.user ? one.name.localeCompare(other.name) : one.user.localeCompare(other.user);
}
