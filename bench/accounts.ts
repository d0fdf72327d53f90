/** Who may sign in: one who is signed in all the time, and some who never were before. */
import { randomBytes } from "node:crypto";

import bcrypt from "bcryptjs";

import type { Account } from "./servers/server.ts";

/** bcrypt's cost: what `htpasswd -B -C 10` makes, and what most guides have. */
const COST = 10;

export async function makeAccounts(): Promise<readonly Account[]> {
  const names = ["alice", "owner1", "owner2", "owner3", "owner4"];
  return Promise.all(
    names.map(async (name) => {
      const password = randomBytes(18).toString("base64url");
      const hash = await bcrypt.hash(password, COST);
      return { name, password, hash: hash.replace(/^\$2b\$/, "$2y$") }; // htpasswd's prefix: the same algorithm
    }),
  );
}

export function authorizationOf({ name, password }: Account): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}
