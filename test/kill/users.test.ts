/** kill -9 at every write of the commands that change users, and of the first start. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { isPassword } from "../../src/auth/basic/bcrypt.ts";
import { isUnused } from "../../src/auth/first-user.ts";
import { ensureScopes } from "../../src/auth/edit-scopes.ts";
import { scopesPath } from "../../src/auth/scopes-file.ts";
import { makeFirstUser } from "../../src/cli/first-run.ts";
import { parseHtpasswd } from "../../src/auth/basic/htpasswd.ts";
import { readRecord } from "../../src/auth/scopes-record.ts";
import { bcrypt } from "../auth/support.ts";
import { BIN } from "../cli/run-command.ts";
import { killAtEveryWrite } from "../support/kill-points.ts";
import { recordingLog } from "../support/recording-log.ts";

const DOMAIN = { kind: "name", value: "gateway.lan" } as const;
const PASSWORD = "zebra lamp anvil";
const USERS = `# us\nalice:${bcrypt("alice's own password")}\nbob:${bcrypt("bob's own password")}\n`;
const RECORD = '{"version": 1, "owner": "alice", "users": {"bob": ["operator.admin"]}}\n';
const URL_OF = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

async function prepare(state: string): Promise<void> {
  await writeFile(join(state, "users"), USERS, { mode: 0o600 });
  await writeFile(join(state, "scopes.json"), RECORD, { mode: 0o600 });
  await writeFile(join(state, "password"), PASSWORD);
}

/** What the edge would make of the directory; a password's hash is another one each time. */
async function look(state: string) {
  const text = await readFile(join(state, "users"), "utf8").catch(() => "");
  const { users, problems } = parseHtpasswd(text, "users");
  const record = await readFile(join(state, "scopes.json"), "utf8").catch(() => undefined);
  const read = record === undefined ? undefined : readRecord(record, "scopes.json");
  const passwords = [PASSWORD, "alice's own password", "bob's own password"];
  return {
    users: [...users].map(([name, { hash }]) => `${name}: ${passwords.find((password) => isPassword(password, hash)) ?? "?"}`),
    problems: text === "" ? "no file" : problems,
    comments: text.split("\n").filter((line) => line.startsWith("#")),
    owner: read?.kind === "good" ? read.record.owner : read,
    scopes: read?.kind === "good" ? Object.fromEntries(read.record.users) : {},
  };
}
type Looked = Awaited<ReturnType<typeof look>>;

/** A lock that was being written when its holder died counts as held for 20 seconds: too long to wait for here. */
async function withoutHalfLocks(state: string): Promise<void> {
  for (const name of await readdir(state)) {
    if (name.endsWith(".lock") && !(await readFile(join(state, name), "utf8")).endsWith("}")) await rm(join(state, name));
  }
}

const program =
  (...args: readonly string[]) =>
  (state: string): readonly string[] => [BIN, "user", ...args, "--state", state, "--config", "off"];
const password = (state: string): readonly string[] => ["--cost", "10", "--password-file", join(state, "password")];

describe("SIGKILL at every write", () => {
  it("of user passwd leaves the old password or the new one", async () => {
    const points = await killAtEveryWrite<Looked>({
      program: (state) => program("passwd", "bob", ...password(state))(state),
      prepare,
      look,
    });
    expect(points.length).toBeGreaterThan(5);
  });

  it("of user add never lets somebody in with more than he was given", async () => {
    // An earlier carol could do everything; the new one may look.
    const richer = async (state: string): Promise<void> => {
      await prepare(state);
      await writeFile(join(state, "scopes.json"), RECORD.replace("bob", "carol"));
    };
    await killAtEveryWrite<Looked>({
      program: (state) => program("add", "carol", "--scopes", "read", ...password(state))(state),
      prepare: richer,
      look,
      accept: (after, before, made) => {
        expect([before.users, made.users]).toContainEqual(after.users);
        expect([after.owner, after.comments, after.problems]).toEqual(["alice", ["# us"], []]);
        if (after.users.length === made.users.length) expect(after.scopes).toEqual(made.scopes);
        else expect([before.scopes, made.scopes]).toContainEqual(after.scopes);
      },
      // Said to be there already where the kill came after the last write.
      recover: async (state) => expect((await look(state)).problems).toEqual([]),
    });
  });

  it("of user remove never leaves the user in; whoever runs it again removes what is left", async () => {
    await killAtEveryWrite<Looked>({
      program: program("remove", "bob"),
      prepare,
      look,
      accept: (after, before, made) => {
        expect([before.users, made.users]).toContainEqual(after.users);
        expect([before.scopes, made.scopes]).toContainEqual(after.scopes);
        if (after.users.length === before.users.length) expect(after.scopes).toEqual(before.scopes);
      },
      recover: async () => {},
    });
  });

  it("of user scopes leaves the old record or the new one", async () => {
    await killAtEveryWrite<Looked>({ program: program("scopes", "bob", "--owner"), prepare, look, recover: async () => {} });
  });

  it("of the first start leaves nobody, or an owner whose password is in the file; and the next start ends it", async () => {
    const starting = (state: string): readonly string[] => [
      "--input-type=module",
      "--eval",
      `
        import { makeFirstUser } from ${URL_OF("cli/first-run.ts")};
        const log = { info() {}, warn() {}, error() {}, flush() {}, exchange() {}, failedSignIn() {} };
        const state = ${JSON.stringify(state)};
        await makeFirstUser({ state, htpasswd: state + "/users", domains: [] }, {}, log);`,
    ];
    /** What `openclaw-edge serve` does, up to the sockets. */
    const startAgain = async (state: string): Promise<void> => {
      const [htpasswd, log] = [join(state, "users"), recordingLog()];
      if (await isUnused(state, htpasswd)) await makeFirstUser({ state, htpasswd, domains: [DOMAIN] }, {}, log);
      const { users } = parseHtpasswd(await readFile(htpasswd, "utf8"), htpasswd);
      await ensureScopes(scopesPath(state), users, { log, signal: AbortSignal.timeout(30_000) });
    };
    const namesIn = async (state: string): Promise<readonly string[]> => [
      ...parseHtpasswd(await readFile(join(state, "users"), "utf8").catch(() => ""), "users").users.keys(),
    ];
    const points = await killAtEveryWrite({
      program: starting,
      look: async (state) => ({ names: await namesIn(state), files: await readdir(state) }),
      accept: ({ names, files }) => {
        expect([[], ["admin"]]).toContainEqual(names);
        // Nobody whose password nobody knows; and no sign of former users before there was one.
        if (names.length > 0) expect(files).toContain("initial-password");
        else expect(files).not.toContain("scopes.json");
      },
      recover: async (state) => {
        await withoutHalfLocks(state);
        await startAgain(state);
        const { users } = parseHtpasswd(await readFile(join(state, "users"), "utf8"), "users");
        const password = (await readFile(join(state, "initial-password"), "utf8")).trim();
        expect([...users.keys()]).toEqual(["admin"]);
        expect(isPassword(password, users.get("admin")?.hash ?? "")).toBe(true);
        expect(readRecord(await readFile(join(state, "scopes.json"), "utf8"), "")).toMatchObject({ record: { owner: "admin" } });
      },
    });
    expect(points.some((point) => point.includes("initial-password"))).toBe(true);
  });
});
