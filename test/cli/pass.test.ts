/** `openclaw-edge pass …` as it is typed. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { bcrypt } from "../auth/support.ts";
import { edgeWith, type TestEdge } from "../support/edge.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { raw } from "../support/requests.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { run, type Finished } from "./run-command.ts";
import { runHere } from "./run-here.ts";

const pass = (state: string, ...args: readonly string[]): Promise<Finished> =>
  runHere(["pass", ...args, "--state", state, "--config", "off"]);

async function stateWith(...users: readonly string[]): Promise<string> {
  const state = await scratchDirectory();
  await writeFile(join(state, "users"), users.map((name) => `${name}:${bcrypt(name)}\n`).join(""), { mode: 0o600 });
  return state;
}

const secretIn = (stdout: string): string => /oce_[a-z2-9]{10}_[A-Za-z0-9]{43}/.exec(stdout)?.[0] ?? "";
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
const list = async (state: string): Promise<readonly Record<string, unknown>[]> =>
  (JSON.parse((await pass(state, "list", "--json")).stdout) as { passes: Record<string, unknown>[] }).passes;

test("a new pass is shown once, with what to write where, and only its hash is kept", async () => {
  const state = await stateWith("alice");
  const created = await pass(
    state,
    "create",
    "--user",
    "alice",
    "--name",
    "iphone",
    "--expires",
    "90d",
    "--domain",
    "ai.example.com",
    "--https-port",
    "8443",
  );
  expect(created).toMatchObject({ code: 0, stderr: "" });
  const secret = secretIn(created.stdout);
  const day = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
  for (const text of [
    `It expires on ${day}, and may do: read, write, approvals, questions.`,
    `"remote": { "url": "wss://ai.example.com:8443", "edgeAuth": { "X-OpenClaw-Edge-Pass": "${secret}" } }`,
    `CF-Access-Client-Id: ${secret.slice(4, 14)} CF-Access-Client-Secret: ${secret}`,
    `base URL: https://ai.example.com:8443/v1 API key: ${secret}`,
    `printf 'Authorization: Bearer ${secret}' | curl -H @- https://ai.example.com:8443/`,
  ]) {
    expect(flat(created.stdout)).toContain(text);
  }
  const file = await readFile(join(state, "passes.json"), "utf8");
  expect(file).not.toContain(secret.slice(15));
  expect((await stat(join(state, "passes.json"))).mode & 0o777).toBe(0o600);
  expect((await pass(state, "list")).stdout).not.toContain(secret.slice(15));
});

test("passes are listed with their state, and taken back by name, by id and by the pass that was found", async () => {
  const state = await stateWith("alice", "bob");
  const iphone = secretIn((await pass(state, "create", "--user", "alice", "--name", "iphone")).stdout);
  const json = JSON.parse(
    (await pass(state, "create", "--user", "bob", "--name", "iphone", "--scopes", "read", "--json")).stdout,
  ) as Record<string, unknown>;
  expect(json).toMatchObject({ user: "bob", name: "iphone", scopes: ["operator.read"], expires: null, url: "https://YOUR.DOMAIN" });
  await pass(state, "create", "--user", "alice", "--name", "laptop", "--scopes", "none");
  expect(await list(state)).toMatchObject([
    { name: "iphone", user: "alice", state: "good", used: null, scopes: null },
    { name: "laptop", user: "alice", scopes: [] },
    { name: "iphone", user: "bob", scopes: ["operator.read"] },
  ]);
  expect((await pass(state, "list", "--user", "bob")).stdout.split("\n")).toEqual([
    "  NAME    USER  ID          EXPIRES  LAST USED  SCOPES",
    `  iphone  bob   ${String(json["id"])}  never    never      read`,
    "",
  ]);
  const ambiguous = await pass(state, "revoke", "iphone");
  expect(ambiguous.code).toBe(2);
  expect(flat(ambiguous.stderr)).toContain("Several users have a pass of that name: alice, bob. → Say whose: --user alice");
  expect((await pass(state, "revoke", "iphone", "--user", "bob")).code).toBe(0);
  expect((await pass(state, "revoke", iphone)).stdout).not.toContain(iphone);
  const [laptop] = await list(state);
  expect(flat((await pass(state, "revoke", String(laptop?.["id"]))).stdout)).toMatch(/alice's pass laptop .* Written: \S+passes\.json/);
  expect(flat((await pass(state, "list")).stdout)).toContain("There are no passes. Make one: openclaw-edge pass create");
});

test("a pass that has expired, or whose user is gone, is listed as what it is", async () => {
  const state = await stateWith("alice");
  await pass(state, "create", "--user", "alice", "--name", "old");
  await pass(state, "create", "--user", "alice", "--name", "gone");
  const text = await readFile(join(state, "passes.json"), "utf8");
  const [old = "", gone = ""] = text.split("\n").filter((line) => line.includes('"id"'));
  const changed = text
    .replace(old, old.replace(/("created")/, '"expires":"2020-01-01T00:00:00Z",$1'))
    .replace(gone, gone.replace('"user":"alice"', '"user":"carol"'));
  await writeFile(join(state, "passes.json"), changed);
  expect((await list(state)).map(({ name, state: worth }) => `${String(name)} ${String(worth)}`).toSorted()).toEqual([
    "gone user gone",
    "old expired",
  ]);
});

test.each([
  [["create"], ["--user It is missing.", "--name It is missing."]],
  [
    ["create", "--user", "a,b", "--name", "a b"],
    ['"a,b" is no name that a user can have.', "\"a b\" can't be a pass's name."],
  ],
  [["create", "--user", "alice", "--name", "x", "--expires", "90"], ["Write the unit too: 90s."]],
  [["create", "--user", "alice", "--name", "x", "--expires", "9000d"], ["is more than 3650d"]],
  [["create", "--user", "alice", "--name", "x", "--scopes", "reed"], ["Did you mean read?"]],
  [
    ["create", "--user", "alise", "--name", "x"],
    ["There is no such user", "Did you mean alice?"],
  ],
  [["revoke"], ["PASS"]],
  [["revoke", "nothing"], ["There is no pass of that name or id."]],
  [["revoke", `oce_abcdefgh23_${"A".repeat(43)}`], ["There is no pass of that name or id."]],
])("%j is refused, with what to do", async (args, problems) => {
  const state = await stateWith("alice");
  const { code, stderr } = await pass(state, ...args);
  expect(code).toBe(2);
  for (const problem of problems) expect(flat(stderr)).toContain(problem);
  expect(stderr).not.toContain("A".repeat(43));
});

test("a name is taken once for each user, and a broken file is never written over", async () => {
  const state = await stateWith("alice");
  await pass(state, "create", "--user", "alice", "--name", "x");
  expect(flat((await pass(state, "create", "--user", "alice", "--name", "x")).stderr)).toContain("alice has a pass of that name already.");
  await writeFile(join(state, "passes.json"), "{");
  for (const args of [["create", "--user", "alice", "--name", "y"], ["list"], ["revoke", "x"]]) {
    const { code, stderr } = await pass(state, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain("It is no valid JSON.");
  }
  expect(await readFile(join(state, "passes.json"), "utf8")).toBe("{");
});

test("a new user gets no pass of an earlier one of that name, nor does he stay after a removal that was cut off", async () => {
  const state = await stateWith("alice", "bob");
  await pass(state, "create", "--user", "bob", "--name", "x");
  await writeFile(join(state, "users"), `alice:${bcrypt("alice")}\n`);
  await writeFile(join(state, "password"), "zebra lamp anvil");
  const add = ["user", "add", "bob", "--cost", "10", "--password-file", join(state, "password"), "--state", state, "--config", "off"];
  expect((await run(add)).code).toBe(0);
  expect(await list(state)).toEqual([]);

  await pass(state, "create", "--user", "bob", "--name", "y");
  await writeFile(join(state, "users"), `alice:${bcrypt("alice")}\n`);
  expect((await run(["user", "remove", "bob", "--state", state, "--config", "off"])).code).toBe(0);
  expect(await list(state)).toEqual([]);
});

test("a removed user's passes go with him", async () => {
  const state = await stateWith("alice", "bob");
  await pass(state, "create", "--user", "bob", "--name", "x");
  await run(["user", "remove", "bob", "--state", state, "--config", "off"]);
  expect(await list(state)).toEqual([]);
});

test("a running edge takes a pass within a second, tells its last use, and takes it no more within a second of its end", async () => {
  const edge = await edgeWith(answering(OK));
  const { state } = edge;
  const secret = secretIn((await pass(state, "create", "--user", "alice", "--name", "curl", "--htpasswd", edge.htpasswd)).stdout);
  await expect.poll(() => statusBy(edge, secret), { timeout: 1_000 }).toBe(200);
  await expect.poll(async () => (await list(state))[0]?.["used"], { timeout: 3_000 }).toMatchObject({ from: "127.0.0.1" });
  expect((await pass(state, "revoke", "curl")).code).toBe(0);
  await expect.poll(() => statusBy(edge, secret), { timeout: 1_000 }).toBe(401);
});

async function statusBy(edge: TestEdge, secret: string): Promise<number> {
  const client = await edge.connect();
  client.write(raw("GET / HTTP/1.1", ["Host: ai.example.com", `Authorization: Bearer ${secret}`]));
  const { status } = await client.response();
  client.destroy();
  return status;
}

test("nothing is made in a state directory that is not there, by those who only take away", async () => {
  const state = join(await scratchDirectory(), "misspelt");
  expect((await pass(state, "revoke", "x")).code).toBe(2);
  expect((await run(["user", "remove", "bob", "--state", state, "--config", "off"])).code).toBe(2);
  await expect(stat(state)).rejects.toThrow("ENOENT");
});
