import type { Passes } from "../auth/pass/passes.ts";
import type { OwnPasses } from "./account.ts";

/** The device passes as their owner sees and revokes them on the account page. */
export function ownPasses(passes: Pick<Passes, "of" | "revoke">): OwnPasses {
  return {
    of: (name) =>
      passes.of(name).map(({ record, use }) => ({ id: record.id, name: record.name, usedAt: use?.at, expiresAt: record.expires })),
    revoke: (name, id) => passes.revoke(name, new Set([id])),
  };
}
