import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { editScopes, ensureScopes } from "../../src/auth/edit-scopes.ts";
import { ScopesFile, scopesPath } from "../../src/auth/scopes-file.ts";
import { DEFAULT_SCOPES, OPERATOR_SCOPES } from "../../src/auth/scopes.ts";
import { User } from "../../src/auth/user.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { eventually, pause } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { slowReading } from "../support/slow-reading.ts";
import { bcrypt, usersSource } from "./support.ts";

const [ALL, USUAL] = [OPERATOR_SCOPES.join(","), DEFAULT_SCOPES.join(",")];
const users = (...names: readonly string[]) => new Map(names.map((name) => [name, undefined]));
const user = (name: string) => User.verified(name);
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

/** As the edge starts: the record is made where there is none, and then opened. */
async function started(state: string, ...names: readonly string[]) {
  const log = recordingLog();
  await ensureScopes(scopesPath(state), users(...names), { log, signal: signal() });
  const source = usersSource(hashes(...names));
  const file = await ScopesFile.open(scopesPath(state), source, log);
  onTestFinished(() => file.close());
  return { file, log, setUsers: (...next: readonly string[]) => source.set(hashes(...next)) };
}

const HASH = bcrypt("x");
const hashes = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, HASH]));
const nobody = usersSource({});

describe("who is the owner", () => {
  test("the only user of the first start is, and it is said and written down", async () => {
    const state = await scratchDirectory();
    const { file, log } = await started(state, "alice");
    expect(file.of(user("alice"))).toBe(ALL);
    expect(file.of(user("bob"))).toBe(USUAL);
    expect(log.said("info")).toContain("is the owner from now on");
    expect((await stat(scopesPath(state))).mode & 0o777).toBe(0o600);
  });

  test("of several users nobody is, whoever stands first, until somebody says who", async () => {
    const state = await scratchDirectory();
    const { file, log } = await started(state, "mallory", "alice");
    expect([file.of(user("mallory")), file.of(user("alice"))]).toEqual([USUAL, USUAL]);
    expect(log.said("warn")).toContain("openclaw-edge user scopes NAME --owner");
    await editScopes(scopesPath(state), signal(), (record) => ({ ...record, owner: "alice" }));
    await eventually(() => file.of(user("alice")) === ALL);
  });

  test("another order of the lines, a removed line or a new first line promotes nobody", async () => {
    const state = await scratchDirectory();
    await started(state, "alice");
    const { file } = await started(state, "bob", "alice");
    expect([file.of(user("alice")), file.of(user("bob"))]).toEqual([ALL, USUAL]);
    const { file: without, log } = await started(state, "bob");
    expect([without.record.owner, without.of(user("bob"))]).toEqual([undefined, USUAL]);
    expect(log.said("warn")).toContain("openclaw-edge user scopes NAME --owner");
    const second = await scratchDirectory();
    await started(second, "alice", "bob");
    const { file: alone } = await started(second, "bob"); // alice's line is gone: bob is alone, and still nobody's owner
    expect(alone.of(user("bob"))).toBe(USUAL);
  });
});

describe("attack: somebody who gets the name of a user who is gone", () => {
  /** alice is the owner, bob has more than the usual scopes, carol less. */
  async function three(names: readonly string[] = ["alice", "bob", "carol"]) {
    const state = await scratchDirectory();
    await started(state, "alice");
    const scopes = new Map<string, readonly string[]>([
      ["bob", ["operator.read", "operator.pairing"]],
      ["carol", ["operator.read"]],
    ]);
    await editScopes(scopesPath(state), signal(), (record) => ({ ...record, users: scopes }));
    return { state, ...(await started(state, ...names)) };
  }
  const all = (file: ScopesFile) => ["alice", "bob", "carol"].map((name) => file.of(user(name)));

  test("gets none of what that one had, the owner's scopes neither; and what carol may not, no carol may", async () => {
    const { state, file, log, setUsers } = await three();
    expect(all(file)).toEqual([ALL, "operator.read,operator.pairing", "operator.read"]);
    setUsers("mallory");
    setUsers("mallory", "alice", "bob", "carol");
    expect(all(file)).toEqual([USUAL, "operator.read", "operator.read"]);
    await eventually(() => log.said("warn").includes("nobody is it"));
    expect(JSON.parse(await readFile(scopesPath(state), "utf8"))).toMatchObject({
      owner: null,
      users: { bob: ["operator.read"], carol: ["operator.read"] },
    });
    expect(all((await started(state, "alice", "bob", "carol")).file)).toEqual([USUAL, "operator.read", "operator.read"]);
  });

  test("while the edge was away gets none of it either, once the edge has started without the former", async () => {
    const { state, file } = await three(["mallory"]);
    expect(all(file)).toEqual([USUAL, "operator.read", "operator.read"]);
    expect(all((await started(state, "alice", "bob", "carol")).file)).toEqual([USUAL, "operator.read", "operator.read"]);
  });

  test("gets none of it where the record can't be written, and that is told", async () => {
    const { state, file, log, setUsers } = await three();
    await writeFile(scopesPath(state), "{");
    setUsers("mallory");
    setUsers("mallory", "alice", "bob", "carol");
    expect(all(file)).toEqual([USUAL, "operator.read", "operator.read"]);
    await eventually(() => log.said("error").includes("could not be taken from the record"));
  });

  test("has what the operator gives him", async () => {
    const { state, file, log, setUsers } = await three();
    setUsers("mallory", "bob", "carol");
    await eventually(() => log.said("warn").includes("nobody is it"));
    setUsers("mallory", "alice", "bob", "carol");
    await editScopes(scopesPath(state), signal(), (record) => ({ ...record, owner: "alice" }));
    await eventually(() => file.of(user("alice")) === ALL);
  });

  test("is nobody else: a changed password, another order and other users' lines change nothing", async () => {
    const { file, setUsers } = await three();
    setUsers("dave", "carol", "bob", "alice");
    expect(all(file)).toEqual([ALL, "operator.read,operator.pairing", "operator.read"]);
    const { file: own, log } = await three();
    const source = usersSource({ alice: HASH });
    const opened = await ScopesFile.open(own.path, source, log);
    onTestFinished(() => opened.close());
    source.set({ alice: bcrypt("new") });
    expect(opened.of(user("alice"))).toBe(ALL);
  });
});

describe("a record that changes while the edge runs", () => {
  test("is in force at once, and tells who may do less by what he signed in with", async () => {
    const state = await scratchDirectory();
    const { file } = await started(state, "alice");
    const readPass = User.verified("bob", { method: "pass", credential: "p1", scopes: ["operator.read"] });
    const changes: (readonly boolean[])[] = [];
    file.onChange((isReduced) => changes.push([user("alice"), user("bob"), readPass].map(isReduced)));
    const change = async (scopes: readonly string[] | undefined, owner = "alice"): Promise<void> => {
      const count = changes.length;
      await editScopes(scopesPath(state), signal(), (record) => {
        const next = new Map(record.users);
        if (scopes === undefined) next.delete("bob");
        else next.set("bob", scopes);
        return { owner, users: next };
      });
      await eventually(() => changes.length > count);
    };
    await change(["operator.read", "operator.write"]);
    expect([file.of(user("bob")), file.of(readPass)]).toEqual(["operator.read,operator.write", "operator.read"]);
    await change(["operator.write"]); // the same rights in fewer words
    await change([]);
    expect([file.of(user("bob")), file.of(readPass)]).toEqual(["", ""]);
    await change(undefined);
    expect(file.of(user("bob"))).toBe(USUAL);
    await change(undefined, "bob");
    expect([file.of(user("alice")), file.of(user("bob")), file.of(readPass)]).toEqual([USUAL, ALL, "operator.read"]);
    expect(changes).toEqual([
      [false, true, false],
      [false, false, false],
      [false, true, true],
      [false, false, false],
      [true, false, false],
    ]);
  });

  test.each([
    ["broken", (path: string) => writeFile(path, '{"version": 1, "owner":')],
    ["gone", (path: string) => rm(path)],
    [
      "moved with its directory",
      async (path: string) => rename(join(path, ".."), join(path, "..", "..", `moved-${process.pid}-${Date.now()}`)),
    ],
  ])("keeps the scopes of before when it is %s, and says so once", async (_, spoil) => {
    const state = join(await scratchDirectory(), "state");
    await mkdir(state);
    const { file, log } = await started(state, "alice");
    await spoil(file.path);
    await eventually(() => log.said("error").includes("the scopes of before stay"));
    expect([file.of(user("alice")), file.of(user("bob"))]).toEqual([ALL, USUAL]);
    expect(log.entries.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  test("attack: a reading that began before scopes were taken away, and ends after it, does not bring them back", async () => {
    const state = await scratchDirectory();
    const { file } = await started(state, "alice");
    const path = scopesPath(state);
    const before = await readFile(path, "utf8");
    expect(file.of(user("alice"))).toBe(ALL);
    const slow = await slowReading(path);
    const late = file.reload();
    await slow.begun;
    await writeFile(`${path}.new`, '{"version":1}', { mode: 0o600 });
    await rename(`${path}.new`, path);
    const reduced = file.reload();
    await Promise.race([reduced, pause(100)]);
    await slow.finish(before);
    await Promise.all([late, reduced]);
    expect(file.of(user("alice"))).toBe(USUAL);
  });

  test("a broken one is never opened, nor written over", async () => {
    const path = scopesPath(await scratchDirectory());
    await writeFile(path, "{");
    await expect(ScopesFile.open(path, nobody, recordingLog())).rejects.toThrow(ConfigurationError);
    await expect(editScopes(path, signal(), (record) => ({ ...record, owner: "mallory" }))).rejects.toThrow("no valid JSON");
    await expect(ensureScopes(path, users("mallory"), { log: recordingLog(), signal: signal() })).rejects.toThrow(ConfigurationError);
    expect(await readFile(path, "utf8")).toBe("{");
  });

  test("twenty commands at once lose nothing of each other's", async () => {
    const path = scopesPath(await scratchDirectory());
    const names = Array.from({ length: 20 }, (_, index) => `user-${index}`);
    await Promise.all(
      names.map((name) => editScopes(path, signal(), (record) => ({ ...record, users: new Map([...record.users, [name, []]]) }))),
    );
    const file = await ScopesFile.open(path, nobody, recordingLog());
    onTestFinished(() => file.close());
    expect([...file.record.users.keys()].toSorted()).toEqual(names.toSorted());
  });
});
