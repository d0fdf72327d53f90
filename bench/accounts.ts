/** Who may sign in: one who is signed in all the time, four whose passwords are guessed at, and four whom nobody knows. */
import { randomBytes } from "node:crypto";

import bcrypt from "bcryptjs";

import type { Account } from "./servers/server.ts";

/** bcrypt's cost: what `htpasswd -B -C 10` makes, and what most guides have. */
const COST = 10;

/** As many as the flood has turns. */
const numbered = (name: string): readonly string[] => [1, 2, 3, 4].map((number) => `${name}${number}`);

export async function makeAccounts(): Promise<readonly Account[]> {
  const names = ["alice", ...numbered("owner"), ...numbered("guest")];
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
