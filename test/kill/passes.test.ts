/** kill -9 at every write of the commands that make and revoke device passes. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { readPasses, writePasses, type PassRecord } from "../../src/auth/pass/passes-record.ts";
import { bcrypt } from "../auth/support.ts";
import { BIN } from "../cli/run-command.ts";
import { killAtEveryWrite } from "../support/kill-points.ts";

const PASS: PassRecord = {
  id: "abcdefgh23",
  name: "iphone",
  user: "alice",
  hash: "h".repeat(43),
  created: 1_700_000_000_000,
  expires: undefined,
  scopes: undefined,
};

async function prepare(state: string): Promise<void> {
  await writeFile(join(state, "users"), `alice:${bcrypt("alice's own password")}\n`, { mode: 0o600 });
  await writeFile(join(state, "passes.json"), writePasses([PASS]), { mode: 0o600 });
}

/** What the edge would take: ids are random, names are not. */
async function look(state: string): Promise<unknown> {
  const read = readPasses(await readFile(join(state, "passes.json"), "utf8"), "passes.json");
  return read.kind === "good" ? read.passes.map(({ name, user, scopes }) => ({ name, user, scopes })) : read;
}

const program =
  (...args: readonly string[]) =>
  (state: string): readonly string[] => [BIN, "pass", ...args, "--state", state, "--config", "off"];

describe("SIGKILL at every write", () => {
  it("of pass create leaves the passes as they were, or one more", async () => {
    const points = await killAtEveryWrite({
      program: program("create", "--user", "alice", "--name", "laptop", "--scopes", "read"),
      prepare,
      look,
      // Said to be there already where the kill came after the last write.
      recover: async (state) => expect(await look(state)).not.toHaveProperty("problems"),
    });
    expect(points.some((point) => point.includes("passes.json"))).toBe(true);
  });

  it("of pass revoke leaves the pass, or none", async () => {
    await killAtEveryWrite({
      program: program("revoke", "iphone"),
      prepare,
      look,
      recover: async (state) => expect(await look(state)).not.toHaveProperty("problems"),
    });
  });
});
