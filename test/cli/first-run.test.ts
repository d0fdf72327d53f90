import { spawnSync } from "node:child_process";
import { readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { isPassword } from "../../src/auth/basic/bcrypt.ts";
import { parseHtpasswd } from "../../src/auth/basic/htpasswd.ts";
import { initialPasswordPath, isUnused } from "../../src/auth/first-user.ts";
import { readRecord } from "../../src/auth/scopes-record.ts";
import { makeFirstUser } from "../../src/cli/first-run.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { recordingLog } from "../support/recording-log.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { BIN, start } from "./run-command.ts";
import { atTerminal } from "./at-terminal.ts";

const PASSWORD = "zebra lamp anvil";
const FLAGS = ["--domain", "gateway.lan", "--host", "127.0.0.1", "--https-port", "0", "--http-port", "off", "--config", "off"];

/** Without the second start that `openclaw-edge serve` otherwise makes of itself. */
const AT_ONCE = "--max-semi-space-size=3";

const configIn = (state: string) => ({ state, htpasswd: join(state, "users"), domains: [{ kind: "name", value: "gateway.lan" }] as const });
const usersIn = async (state: string) => parseHtpasswd(await readFile(join(state, "users"), "utf8"), "users").users;
const ownerIn = async (state: string) => {
  const read = readRecord(await readFile(join(state, "scopes.json"), "utf8"), "scopes.json");
  return read.kind === "good" ? read.record.owner : read;
};
const newState = async () => join(await scratchDirectory(), "state");

describe("where nobody is asked", () => {
  test("there is an admin with a passphrase in a file, once and never again", async () => {
    const state = await newState();
    const edge = start([...FLAGS, "--state", state], { nodeFlags: [AT_ONCE] });
    onTestFinished(() => void edge.child.kill("SIGKILL"));
    await edge.printed('"event":"serving"');
    const path = initialPasswordPath(state);
    expect(edge.stdout()).toContain(`The first user is made, and is the owner. The password is in ${path}`);
    const password = await readFile(path, "utf8");
    expect(password).toMatch(/^([a-z]{5}-){4}[a-z]{5}\n$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(edge.stdout()).not.toContain(password.trim());
    const hash = (await usersIn(state)).get("admin")?.hash ?? "";
    expect([hash.slice(0, 7), isPassword(password.trim(), hash), await ownerIn(state)]).toEqual(["$2y$12$", true, "admin"]);
    edge.child.kill("SIGTERM");
    await edge.finished;

    // The attack: the users file is gone. Whoever then asks for an admin gets none.
    await rm(join(state, "users"));
    const environment = { OPENCLAW_EDGE_USER: "mallory", OPENCLAW_EDGE_PASSWORD: PASSWORD };
    const again = await start([...FLAGS, "--state", state], { environment, nodeFlags: [AT_ONCE] }).finished;
    expect([again.code, again.stderr.replaceAll(/\s+/g, " ")]).toEqual([
      2,
      expect.stringContaining("The users file does not exist. → Put it back"),
    ]);
    expect(await readdir(state)).not.toContain("users");
  });

  test("the environment names the first user; a line end behind the password is not part of it, nor a byte order mark", async () => {
    const directory = await scratchDirectory();
    // As an editor on Windows saves it.
    await writeFile(join(directory, "secret"), `\uFEFF${PASSWORD}\r\n`);
    for (const [index, password] of [{ PASSWORD: `${PASSWORD}\n` }, { PASSWORD_FILE: join(directory, "secret") }].entries()) {
      const state = join(directory, `state-${index}`);
      const environment = Object.fromEntries(
        Object.entries({ USER: "alice", ...password }).map(([name, value]) => [`OPENCLAW_EDGE_${name}`, value]),
      );
      const log = recordingLog();
      await makeFirstUser(configIn(state), environment, log);
      expect([...(await usersIn(state)).keys(), await ownerIn(state)]).toEqual(["alice", "alice"]);
      expect(isPassword(PASSWORD, (await usersIn(state)).get("alice")?.hash ?? "")).toBe(true);
      expect(await readdir(state)).not.toContain("initial-password");
      expect(JSON.stringify(log.entries)).not.toContain(PASSWORD);
    }
  });

  test.each([
    [
      { PASSWORD: "short", PASSWORD_FILE: "/x", USER: "al ice" },
      ["OPENCLAW_EDGE_PASSWORD", "OPENCLAW_EDGE_USER", "OPENCLAW_EDGE_PASSWORD"],
    ],
    [{ PASSWORD }, ["OPENCLAW_EDGE_USER"]],
    [{ USER: "alice", PASSWORD: "alice-alice-1" }, ["OPENCLAW_EDGE_PASSWORD"]],
    [{ USER: "alice", PASSWORD: "gateway.lan.1" }, ["OPENCLAW_EDGE_PASSWORD"]],
    [{ USER: "alice", PASSWORD_FILE: "/nowhere" }, ["OPENCLAW_EDGE_PASSWORD_FILE"]],
    [{ USER: "al:ice" }, ["OPENCLAW_EDGE_USER"]],
  ])("an environment that is not right makes nobody: %j", async (variables, where) => {
    const state = await newState();
    const environment = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`OPENCLAW_EDGE_${name}`, value]));
    const error = await makeFirstUser(configIn(state), environment, recordingLog()).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map((problem) => problem.where)).toEqual(where);
    expect((error as ConfigurationError).message).not.toMatch(/short|alice-alice/);
    await expect(readdir(state)).rejects.toThrow("ENOENT");
  });

  test("of two that start at once one makes the user, and the password in the file is that user's", async () => {
    const state = await newState();
    await Promise.all([1, 2].map(() => makeFirstUser(configIn(state), {}, recordingLog())));
    const hash = (await usersIn(state)).get("admin")?.hash ?? "";
    const initial = initialPasswordPath(state);
    expect(isPassword((await readFile(initial, "utf8")).trim(), hash)).toBe(true);
    expect((await usersIn(state)).size).toBe(1);

    // Somebody else's new password leaves it, admin's own deletes it.
    await writeFile(join(state, "users"), `bob:${hash.slice(0, -1)}.\nadmin:${hash}\n`);
    await writeFile(join(state, "..", "password"), PASSWORD);
    const passwd = (name: string) =>
      start(["user", "passwd", name, "--state", state, "--config", "off", "--password-file", join(state, "..", "password")]).finished;
    expect([(await passwd("bob")).code, (await readdir(state)).includes("initial-password")]).toEqual([0, true]);
    expect([(await passwd("admin")).code, (await readdir(state)).includes("initial-password")]).toEqual([0, false]);
  });
});

test("SIGHUP while the edge starts does not end it: it reloads when it serves", async () => {
  const state = await newState();
  const hangUp = `import { existsSync } from "node:fs";
    const look = setInterval(() => { if (existsSync(${JSON.stringify(join(state, "sign-in-key"))})) {
      clearInterval(look); process.kill(process.pid, "SIGHUP"); } }, 1);`;
  const edge = start([...FLAGS, "--state", state], {
    nodeFlags: [AT_ONCE, "--import", `data:text/javascript,${encodeURIComponent(hangUp)}`],
  });
  onTestFinished(() => void edge.child.kill("SIGKILL"));
  await edge.printed('"message":"Reloaded."');
  expect(edge.stdout()).toContain('"event":"serving"');
});

describe("a state directory is new", () => {
  test("while nobody could ever sign in by it, and not when anything of that is there", async () => {
    const state = await scratchDirectory();
    const users = join(state, "users");
    expect([await isUnused(state, users), await isUnused(join(state, "none"), join(state, "none", "users"))]).toEqual([true, true]);
    for (const name of ["version", "local-ca"]) await writeFile(join(state, name), "");
    expect(await isUnused(state, users)).toBe(true);
    for (const name of ["users", "scopes.json", "sessions.json", "passes.json"]) {
      await writeFile(join(state, name), "");
      expect([name, await isUnused(state, users)]).toEqual([name, false]);
      await rm(join(state, name));
    }
    await symlink("/nowhere", users);
    expect(await isUnused(state, users)).toBe(false);
  });

  test("and a users file that was named is never made", async () => {
    const directory = await scratchDirectory();
    const users = join(directory, "users");
    const { code, stderr } = await start([...FLAGS, "--state", join(directory, "state"), "--htpasswd", users], { nodeFlags: [AT_ONCE] })
      .finished;
    expect([code, stderr]).toEqual([2, expect.stringContaining("The users file does not exist.")]);
    expect(await readdir(directory)).not.toContain("users");
  });
});

describe.skipIf(spawnSync("script", ["--version"]).status !== 0)("at a terminal", () => {
  const line = (state: string) => [process.execPath, AT_ONCE, BIN, ...FLAGS, "--state", state].map((word) => `'${word}'`).join(" ");

  test("name and password are asked for, the password hidden and twice", async () => {
    const state = await newState();
    const seen = await atTerminal(line(state), [
      ["(admin): ", "al ice\r"],
      ["(admin): ", "alicf\u007fe\r"],
      ["is made): ", "gateway.lan.1\r"],
      ["is made): ", `${PASSWORD}\r`],
      ["once more: ", `${PASSWORD}\r`],
      ["Gateway ", "\u0003"],
    ]);
    expect(seen).toContain("It is made of the user's name or the host's.");
    expect(seen).not.toContain(PASSWORD);
    expect(isPassword(PASSWORD, (await usersIn(state)).get("alice")?.hash ?? "")).toBe(true);
    expect(await ownerIn(state)).toBe("alice");
  });

  test("Enter makes a passphrase, which is shown once and written nowhere", async () => {
    const state = await newState();
    const seen = await atTerminal(line(state), [
      ["(admin): ", "\r"],
      ["is made): ", "\r"],
      ["Gateway ", "\u0003"],
    ]);
    const [password = ""] = /([a-z]{5}-){4}[a-z]{5}/.exec(seen) ?? [];
    expect(seen.split(password)).toHaveLength(2);
    expect(isPassword(password, (await usersIn(state)).get("admin")?.hash ?? "")).toBe(true);
    expect(await readdir(state)).not.toContain("initial-password");
  });

  test("Ctrl+C at any question makes nobody", async () => {
    for (const dialogue of [
      [["(admin): ", "ali\u0003"]],
      [
        ["(admin): ", "\r"],
        ["is made): ", `${PASSWORD}\r`],
        ["once more: ", "\u0003"],
      ],
    ] as const) {
      const state = await newState();
      expect(await atTerminal(`${line(state)}; echo code=$?`, dialogue)).toContain("code=130");
      await expect(readdir(state)).rejects.toThrow("ENOENT");
    }
  });
});
