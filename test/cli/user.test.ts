/** `openclaw-edge user …` as it is typed. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import { passesPath } from "../../src/auth/pass/edit-passes.ts";
import { readRecord } from "../../src/auth/scopes-record.ts";
import { parseHtpasswd } from "../../src/auth/basic/htpasswd.ts";
import { table } from "../../src/cli/table.ts";
import { bcrypt } from "../auth/support.ts";
import { edgeWith, ALICE, BOB } from "../support/edge.ts";
import { pause } from "../support/eventually.ts";
import { makePass } from "../support/passes.ts";
import { request } from "../support/requests.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { accepting, openTunnel } from "../support/tunnel.ts";
import { atTerminal } from "./at-terminal.ts";
import { BIN, type Finished } from "./run-command.ts";
import { runHere } from "./run-here.ts";

const PASSWORD = "zebra lamp anvil";
const OTHER = "violin under the stairs";
/** The cheapest cost that is taken. */
const CHEAP = ["--cost", "10"];

interface Given {
  /** What comes through its standard input; the command is then a process of its own. */
  readonly input?: string | Uint8Array;
  readonly htpasswd?: string;
}

/** The command as it is typed. Without input it runs in this process. */
async function user(state: string, args: readonly string[], { input, htpasswd }: Given = {}): Promise<Finished> {
  const place = ["--state", state, "--config", "off", ...(htpasswd === undefined ? [] : ["--htpasswd", htpasswd])];
  const argv = ["user", ...args, ...place];
  return input === undefined ? runHere(argv) : elsewhere(argv, input);
}

function elsewhere(argv: readonly string[], input: string | Uint8Array): Promise<Finished> {
  const child = spawn(process.execPath, [BIN, ...argv], { stdio: "pipe" });
  const { promise, resolve } = Promise.withResolvers<Finished>();
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (octets: Buffer) => (stdout += octets.toString()));
  child.stderr.on("data", (octets: Buffer) => (stderr += octets.toString()));
  child.stdin.on("error", () => {}).end(input);
  child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  return promise;
}

/** Writes a file and names it as where the password is. */
async function passwordFile(content: string | Uint8Array): Promise<readonly string[]> {
  const path = join(await scratchDirectory(), "password");
  await writeFile(path, content);
  return ["--password-file", path, ...CHEAP];
}
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
const usersIn = async (path: string) => [...parseHtpasswd(await readFile(path, "utf8"), path).users.keys()];
const recordIn = async (state: string) => {
  const read = readRecord(await readFile(join(state, "scopes.json"), "utf8"), "scopes.json");
  return read.kind === "good" ? { owner: read.record.owner, users: Object.fromEntries(read.record.users) } : read;
};

/** A state directory with alice, the owner, and bob. */
async function twoUsers(): Promise<string> {
  const state = join(await scratchDirectory(), "state");
  const { code } = await user(state, ["add", "alice", ...(await passwordFile(PASSWORD))]);
  expect(code).toBe(0);
  await writeFile(join(state, "users"), `${await readFile(join(state, "users"), "utf8")}bob:${bcrypt("battery staple")}\n`);
  return state;
}

test("a new directory gets an owner, then others with what they are given, and all of it can be changed and taken back", async () => {
  const state = join(await scratchDirectory(), "state");
  const alice = await user(state, ["add", "alice", "--stdin", ...CHEAP], { input: `${PASSWORD}\n` });
  expect(alice).toMatchObject({ code: 0, stderr: "" });
  expect(alice.stdout).toContain("alice can sign in now, is the owner, and has all scopes.");
  expect(flat(alice.stdout)).toContain(`Written: ${join(state, "users")} `);
  expect([(await stat(state)).mode & 0o777, (await stat(join(state, "users"))).mode & 0o777]).toEqual([0o700, 0o600]);

  const bob = await user(state, ["add", "bob", "--scopes", "read,operator.questions", ...(await passwordFile(OTHER))]);
  expect(bob.stdout).toContain("bob can sign in now, with these scopes: read, questions.");
  expect(await recordIn(state)).toEqual({ owner: "alice", users: { bob: ["operator.read", "operator.questions"] } });

  const check = async (name: string, password: string) => user(state, ["check", name, ...(await passwordFile(password)).slice(0, 2)]);
  const list = await user(state, ["list"]);
  const json = await user(state, ["list", "--json"]);
  const [right, wrong] = [await check("bob", OTHER), await check("bob", `${OTHER}x`)];
  expect(list.stdout.split("\n").slice(0, 3)).toEqual([
    "  NAME   SCOPES           COST  SESSIONS  PASSES",
    "  alice  all (owner)      10    -         0",
    "  bob    read, questions  10    -         0",
  ]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    owner: "alice",
    users: [
      { name: "alice", owner: true, cost: 10 },
      { name: "bob", owner: false },
    ],
  });
  expect([right.code, right.stdout]).toEqual([0, "Yes, that is the password of bob.\n"]);
  expect([wrong.code, wrong.stdout]).toEqual([1, "No, that is not the password of bob.\n"]);

  await user(state, ["passwd", "bob", ...(await passwordFile(PASSWORD))]);
  expect((await check("bob", PASSWORD)).code).toBe(0);
  expect((await user(state, ["scopes", "bob", "--owner"])).stdout).toContain(
    "bob is the owner now, with all scopes. alice has the usual ones.",
  );
  expect((await user(state, ["scopes", "alice", "none"])).stdout).toContain("alice has these scopes now: none.");
  expect(await recordIn(state)).toEqual({ owner: "bob", users: { alice: [] } });
  const removed = await user(state, ["remove", "alice"]);
  expect(removed).toMatchObject({ code: 0, stderr: "" });
  expect(removed.stdout).toContain("alice is removed.");
  expect(removed.stdout).toContain("openclaw devices remove DEVICE");
  expect(await recordIn(state)).toEqual({ owner: "bob", users: {} });
  expect(await usersIn(join(state, "users"))).toEqual(["bob"]);
  expect((await readdir(state)).toSorted()).toEqual(["scopes.json", "users", "version"]);
});

describe("a password", () => {
  test.each([
    [["add", "carol", "hunter2hunter2"]],
    [["add", "carol", "--password", "hunter2hunter2"]],
    [["add", "carol", "--password=hunter2hunter2"]],
    [["passwd", "alice", "-phunter2hunter2"]],
    [["check", "alice", "-p", "hunter2hunter2"]],
  ])("is never taken from an argument, and not repeated: user %j", async (args) => {
    const state = await scratchDirectory();
    const { code, stderr, stdout } = await user(state, args);
    expect(code).toBe(2);
    expect(flat(stderr)).toContain("A password is never taken from the command line");
    expect(stderr + stdout).not.toContain("hunter2");
    expect(await readdir(state)).toEqual([]);
  });

  test("that is bad, or comes in a bad way, is refused with the reason, and nothing is written", async () => {
    const directory = await scratchDirectory();
    const state = join(directory, "state");
    const cases: readonly (readonly [readonly string[], string])[] = [
      [await passwordFile("Password1234"), "among the most common passwords"],
      [await passwordFile("short"), "It has 5 characters; the least is 12."],
      [await passwordFile("\r\n"), "It is empty"],
      [await passwordFile(`${PASSWORD}\n\n`), "more than one line"],
      [await passwordFile(Buffer.from([0x7a, 0xff, 0xfe])), "no UTF-8"],
      [await passwordFile("x".repeat(5_000)), "more than 4096 octets"],
      [await passwordFile("ä".repeat(37)), "74 octets, and bcrypt takes 72"],
      [await passwordFile("alicealice12\n"), "user's name"],
      [["--password-file", join(directory, "none")], "The file does not exist."],
      [["--password-file", directory], "can't be read (EISDIR)"],
      [["--stdin", ...(await passwordFile(PASSWORD))], "--password-file is written as well"],
      [["--stdin", "--cost", "9"], "--cost"],
    ];
    for (const [args, what] of cases) {
      const { code, stderr } = await user(state, ["add", "alice", ...args]);
      expect([code, flat(stderr)]).toEqual([2, expect.stringContaining(what)]);
    }
    const piped = await Promise.all([
      user(state, ["add", "alice", "--stdin"], { input: "x".repeat(1_000_000) }),
      user(state, ["add", "alice", "--stdin"], { input: "" }),
      user(state, ["add", "alice"], { input: PASSWORD }),
    ]);
    expect(piped.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(piped.map(({ stderr }) => flat(stderr))).toEqual(
      ["more than 4096 octets", "It is empty", "There is no terminal to ask for it on."].map((what) => expect.stringContaining(what)),
    );
    expect(await readdir(directory)).not.toContain("state");
    expect((await user(state, ["add", "alice", ...(await passwordFile(`${PASSWORD}\n`))])).code).toBe(0);
  });
});

describe("what can't be done", () => {
  test("is refused with the mend, and changes nothing", async () => {
    const state = await twoUsers();
    const before = await Promise.all(["users", "scopes.json"].map((name) => readFile(join(state, name), "utf8")));
    const good = await passwordFile(PASSWORD);
    const cases: readonly (readonly [readonly string[], string])[] = [
      [["add", "bob", ...good], "Another password: openclaw-edge user passwd bob."],
      [["add", "bo b", ...good], "Use 1 to 64 characters"],
      [["passwd", "bbo", ...good], "Did you mean bob?"],
      [["remove", "alice"], "Make somebody else the owner first"],
      [["remove", "carol"], "There is no such user"],
      [["check", "carol", ...good.slice(0, 2)], "There is no such user"],
      [["scopes", "bob", "raed"], "Did you mean read?"],
      [["scopes", "bob", "operator.admn"], "Did you mean admin?"],
      [["scopes", "bob", "all", "read"], "stands for a whole list"],
      [["scopes", "alice", "read"], "alice is the owner, who has all scopes."],
      [["scopes", "carol", "--owner"], "There is no such user"],
      [["add"], "NAME It is missing: the user's name."],
    ];
    for (const [args, what] of cases) {
      const { code, stderr } = await user(state, args);
      expect([code, flat(stderr)]).toEqual([2, expect.stringContaining(what)]);
    }
    expect(await Promise.all(["users", "scopes.json"].map((name) => readFile(join(state, name), "utf8")))).toEqual(before);
  });

  test("a removal that was killed half-way is ended by running it again", async () => {
    const state = await twoUsers();
    const record = await readFile(join(state, "scopes.json"), "utf8");
    await writeFile(join(state, "scopes.json"), record.replace('"users": {}', '"users": {"carol": ["operator.admin"]}'));
    const { code, stdout } = await user(state, ["remove", "carol"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("carol was no user any more; what was left of carol is gone now.")]);
    expect(await recordIn(state)).toEqual({ owner: "alice", users: {} });
  });

  test("the last user stays: the edge would keep him anyhow, and so he would not be out", async () => {
    const state = await scratchDirectory();
    const htpasswd = join(state, "htpasswd");
    await writeFile(htpasswd, `# us\nalice:${bcrypt(PASSWORD)}\n`);
    const { code, stderr } = await user(state, ["remove", "alice"], { htpasswd });
    expect([code, flat(stderr)]).toEqual([2, expect.stringContaining("alice is the only user")]);
    expect(await usersIn(htpasswd)).toEqual(["alice"]);
  });
});

describe("a users file of somebody else's", () => {
  test("keeps comments, order, line ends and odd lines; what is broken in it is mended line by line, and the rest told", async () => {
    const state = await scratchDirectory();
    const htpasswd = join(state, "users file");
    await writeFile(htpasswd, `# ours\r\n\r\nalice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\r\nbob:plain:text\r\n#end`);
    const { code, stdout, stderr } = await user(state, ["passwd", "alice", ...(await passwordFile(PASSWORD))], { htpasswd });
    expect([code, stdout]).toEqual([0, expect.stringContaining("alice has a new password.")]);
    expect(flat(stderr)).toContain("The edge will not take this file up until the rest of it is mended:");
    expect(flat(stderr)).toContain(`${htpasswd}:4`);
    expect(stderr).not.toContain("plain:text");
    await user(state, ["passwd", "bob", ...(await passwordFile(OTHER))], { htpasswd });
    const written = await readFile(htpasswd, "utf8");
    expect(written.replaceAll(/\$2y\$10\$.{53}/g, "HASH")).toBe("# ours\r\n\r\nalice:HASH\r\nbob:HASH\r\n#end");
  });

  test("with several users and no record makes nobody the owner, nor the one who is added", async () => {
    const state = await scratchDirectory();
    const htpasswd = join(state, "htpasswd");
    await writeFile(htpasswd, `mallory:${bcrypt("x")}\nalice:${bcrypt("x")}\n`);
    const { stdout } = await user(state, ["add", "bob", ...(await passwordFile(PASSWORD))], { htpasswd });
    expect(flat(stdout)).toContain("Nobody is the owner yet");
    expect(await recordIn(state)).toEqual({ owner: undefined, users: {} });
  });

  test("whose directory does not exist is refused with the command that makes it", async () => {
    const state = await scratchDirectory();
    const { code, stderr } = await user(state, ["add", "bob", ...(await passwordFile(PASSWORD))], {
      htpasswd: join(state, "none", "users"),
    });
    expect([code, flat(stderr)]).toEqual([2, expect.stringContaining(`mkdir -p ${join(state, "none")}`)]);
  });

  test("that is no file is refused at once: nobody waits for a pipe, and nothing is made beside it", async () => {
    const place = await scratchDirectory();
    const [state, pipe] = [join(place, "state"), join(place, "pipe")];
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    await writeFile(join(place, "plain"), "");
    const good = await passwordFile(PASSWORD);
    for (const [htpasswd, what] of [
      [place, "It is no file."],
      [pipe, "It is no file."],
      ["/dev/zero", "It is no file."],
      [join(place, "plain", "users"), "Something on the way to it is no directory."],
    ] as const) {
      for (const args of [
        ["add", "bob", ...good],
        ["passwd", "bob", ...good],
      ]) {
        const { code, stderr } = await user(state, args, { htpasswd });
        expect([code === 0, flat(stderr)]).toEqual([false, expect.stringContaining(`${htpasswd} ${what} →`)]);
      }
    }
    expect(await readdir(place)).not.toContain("state");
  });

  test.skipIf(process.getuid?.() !== 0)("is edited by root without being taken away from its owner", async () => {
    const state = await scratchDirectory();
    await chown(state, 4_711, 4_712);
    await user(state, ["add", "alice", ...(await passwordFile(PASSWORD))]);
    for (const name of ["users", "scopes.json", "version"]) {
      const { uid, gid } = await stat(join(state, name));
      expect([name, uid, gid]).toEqual([name, 4_711, 4_712]);
    }
    await chown(join(state, "users"), 4_711, 100);
    await chmod(join(state, "users"), 0o640);
    const { code, stderr } = await user(state, ["passwd", "alice", ...(await passwordFile(OTHER))]);
    // The directory's owner may not give files to a group that is not his: it is refused rather than taken away from the group.
    const { gid, mode } = await stat(join(state, "users"));
    expect([code, gid, mode & 0o777]).toEqual([2, 100, 0o640]);
    expect(flat(stderr)).toContain("It belongs to user id 4711 and group id 100");
  });
});

test("attack: who is added under the name of somebody that another tool took out of the file gets none of that one's passes, nor the owner's scopes", async () => {
  const state = await twoUsers();
  for (const owner of ["bob", "alice"]) await makePass(state, { user: owner });
  await writeFile(join(state, "users"), `carol:${bcrypt("battery staple")}\n`);

  expect(await user(state, ["add", "bob", ...(await passwordFile(OTHER))])).toMatchObject({ code: 0 });
  const left = JSON.parse(await readFile(passesPath(state), "utf8")) as { readonly passes: readonly { readonly user: string }[] };
  expect(left.passes.map((kept) => kept.user)).toEqual(["alice"]);

  const added = await user(state, ["add", "alice", ...(await passwordFile(OTHER))]);
  expect(flat(added.stdout)).toContain("alice can sign in now, with these scopes: read, write, approvals, questions.");
  expect(flat(added.stdout)).toContain("Nobody is the owner yet");
  expect(await recordIn(state)).toEqual({ owner: undefined, users: {} });
  expect(await usersIn(join(state, "users"))).toEqual(["carol", "bob", "alice"]);
});

test("a long list comes through a pipe to its end, however slowly it is read", async () => {
  const state = await scratchDirectory();
  const [htpasswd, hash] = [join(state, "htpasswd"), bcrypt(PASSWORD)];
  await writeFile(htpasswd, Array.from({ length: 5_000 }, (_, index) => `user-${index}:${hash}\n`).join(""));
  const child = spawn(process.execPath, [BIN, "user", "list", "--json", "--state", state, "--htpasswd", htpasswd, "--config", "off"]);
  await once(child.stdout, "readable");
  await pause(200); // more than a pipe holds is waiting meanwhile
  const printed = JSON.parse(await text(child.stdout)) as { readonly users: readonly unknown[] };
  expect(printed.users).toHaveLength(5_000);
});

test("a table of 200,000 rows is a table", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [String(index), "x"]);
  const lines = table(["A", "B"], rows);
  expect([lines.length, lines.at(-1)]).toEqual([200_001, "  199999  x"]);
});

test("who is removed leaves devices behind at the Gateway: those paired through a proxy are named, where they can be read", async () => {
  const gateway = await scratchDirectory();
  await mkdir(join(gateway, "state"));
  // As openclaw 2026.9.6 makes it; what is not asked for is left out.
  const database = new DatabaseSync(join(gateway, "state", "openclaw.sqlite"));
  database.exec(`CREATE TABLE device_pairing_paired (device_id TEXT NOT NULL PRIMARY KEY, operator_label TEXT, display_name TEXT,
    client_id TEXT, platform TEXT, remote_ip TEXT, approved_via TEXT, tokens_json TEXT, approved_at_ms INTEGER NOT NULL, last_seen_at_ms INTEGER) STRICT`);
  const insert = database.prepare("INSERT INTO device_pairing_paired VALUES (?, ?, ?, ?, ?, ?, ?, 'secret', 1766000000000, ?)");
  insert.run("d1", null, "Bob\u001b[2Js phone", "ios", "ios", "203.0.113.7", "trusted-proxy", null);
  insert.run("d2", "Kitchen", "x", "webchat", "linux", "203.0.113.9", "trusted-proxy", 1768000000000);
  insert.run("d3", null, "the CLI", "cli", "linux", null, "silent", null);
  database.close();
  const state = await twoUsers();
  vi.stubEnv("OPENCLAW_STATE_DIR", gateway);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { code, stdout } = await user(state, ["remove", "bob"]);
  expect(code).toBe(0);
  expect(stdout).toContain(
    "  d2\n      Kitchen, linux, 203.0.113.9, seen 2026-01-09\n  d1\n      Bob?[2Js phone, ios, 203.0.113.7, seen 2025-12-17\n",
  );
  expect(stdout).toContain("  openclaw devices remove DEVICE");
  expect(stdout).not.toMatch(/the CLI|secret/);
});

test("a running edge lets nobody stay who was removed, and cuts who may do less, within a second", async () => {
  const edge = await edgeWith(accepting);
  const [alice, bob] = [await openTunnel(edge.connect), await openTunnel(edge.connect, BOB)];
  expect((await user(edge.state, ["scopes", "alice", "read"], { htpasswd: edge.htpasswd })).code).toBe(0);
  await alice.end(1_500);
  expect(alice.rest).toContain("scopes changed");
  expect(bob.ended).toBe(false);
  expect((await user(edge.state, ["remove", "bob"], { htpasswd: edge.htpasswd })).code).toBe(0);
  await bob.end(1_500);
  const late = await edge.connect();
  late.write(request("GET /").replace(ALICE, BOB));
  expect((await late.response()).status).toBe(401);
});

describe.skipIf(spawnSync("script", ["--version"]).status !== 0)("at a terminal", () => {
  const line = (state: string, ...args: readonly string[]) =>
    [process.execPath, BIN, "user", ...args, "--state", state, "--config", "off"].map((word) => `'${word}'`).join(" ");

  test("a password is asked for twice and never shown; what is not good is asked for again", async () => {
    const state = join(await scratchDirectory(), "state");
    const seen = await atTerminal(line(state, "add", "alice", ...CHEAP), [
      ["New password for alice: ", "Password1234\r"],
      ["New password for alice: ", `${PASSWORD}\r`],
      ["The same once more: ", "something else\r"],
      ["New password for alice: ", `x\u007f${PASSWORD.slice(0, 5)}\u0015\u001b[A\u001bOP\u001b[3~${PASSWORD}\r`], // erased, killed, an arrow, F1, Del
      ["The same once more: ", `${PASSWORD}\r`],
    ]);
    expect(seen).toContain("It is among the most common passwords.");
    expect(seen).toContain("The two are not the same.");
    expect(seen).toContain("alice can sign in now");
    for (const secret of ["Password1234", PASSWORD, "something", "anvil"]) expect(seen).not.toContain(secret);
    expect((await user(state, ["check", "alice", ...(await passwordFile(PASSWORD)).slice(0, 2)])).code).toBe(0);
  });

  test.each([
    ["Ctrl+C", "zebra\u0003"],
    ["Ctrl+D", "\u0004"],
  ])("%s does nothing, ends with 130, and gives the terminal back as it was", async (_, key) => {
    const state = join(await scratchDirectory(), "state");
    const before = await atTerminal("stty -g", []);
    const seen = await atTerminal(`stty -g; ${line(state, "add", "alice")}; echo code=$?; stty -g`, [["New password for alice: ", key]]);
    expect(seen).toContain("code=130");
    expect(seen).not.toContain("zebra");
    const [mode = ""] = seen.split("\r\n");
    expect(mode).toMatch(/^[0-9a-f:]{20,}$/);
    expect(before.length).toBeGreaterThan(20);
    expect(seen.trimEnd().endsWith(mode)).toBe(true);
    await expect(readdir(state)).rejects.toThrow("ENOENT");
  });

  test("--stdin shows nothing of what is typed either", async () => {
    const state = await twoUsers();
    const seen = await atTerminal(line(state, "check", "alice", "--stdin"), [["Password of alice: ", `${PASSWORD}\r`]]);
    expect(seen).toContain("Yes, that is the password of alice.");
    expect(seen).not.toContain(PASSWORD);
  });
});
