/**
 * What an unknown name's password is compared with, so that it costs what a known name's costs (ASVS 6.3.8): with users of
 * several costs, a single decoy would tell the unknown names apart by their time.
 */
import { hash, randomBytes, randomInt } from "node:crypto";

import type { HtpasswdEntry } from "./htpasswd.ts";

interface Users {
  readonly users: ReadonlyMap<string, HtpasswdEntry>;
  readonly generation: number;
}

const BCRYPT_BASE64 = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * A name's decoy: always the same one for a name, its cost drawn as often as the file's users have it. The draw is keyed with the
 * first line's hash: secret as the file is, and the same after a restart, where a fresh key would let the costs of unknown
 * names move while those of real users stand still.
 */
export function createDecoys(source: Users): (name: string) => string {
  const key = source.users.values().next().value?.hash ?? randomBytes(32).toString("hex");
  const decoys = new Map<number, string>();
  let generation = Number.NaN;
  let counts: readonly (readonly [cost: number, users: number])[] = [];

  return (name) => {
    if (generation !== source.generation) {
      generation = source.generation;
      counts = countCosts(source.users);
    }
    const draw = Number.parseInt(hash("sha256", `${key}\n${name}\n${key}`, "hex").slice(0, 8), 16) / 2 ** 32;
    const cost = costAt(counts, Math.floor(draw * source.users.size));
    let decoy = decoys.get(cost);
    if (decoy === undefined) {
      decoy = randomHash(cost);
      decoys.set(cost, decoy);
    }
    return decoy;
  };
}

/** How many users have each cost, the lowest first. */
function countCosts(users: ReadonlyMap<string, HtpasswdEntry>): readonly (readonly [cost: number, users: number])[] {
  const counts = new Map<number, number>();
  for (const { cost } of users.values()) counts.set(cost, (counts.get(cost) ?? 0) + 1);
  return [...counts].toSorted(([one], [other]) => one - other);
}

/** The cost of the user at this place, were the users sorted by cost. One user more moves only the names at the borders. */
function costAt(counts: readonly (readonly [cost: number, users: number])[], place: number): number {
  let before = 0;
  for (const [cost, users] of counts) {
    before += users;
    if (place < before) return cost;
  }
  return 10;
}

/** A hash of no password: 128 random bits of salt, 184 of digest. bcrypt works on it as on any other. */
function randomHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, "0")}$${random(21)}${last(".Oeu")}${random(30)}${last(".CGKOSWaeimquy26")}`;
}

function random(length: number): string {
  return Array.from(randomBytes(length), (octet) => BCRYPT_BASE64[octet & 63]).join("");
}

/** The character that has spare bits. */
function last(choices: string): string {
  return choices.charAt(randomInt(choices.length));
}
