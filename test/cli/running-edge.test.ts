/** The commands that talk to a running edge, as somebody types them: each in a process of its own. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { hash } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { listenersOn } from "../../src/system/listening-sockets.ts";
import { makeAuthority, makeCertificate } from "../support/certificates.ts";
import { basic, DOMAIN } from "../support/edge.ts";
import { rawClient, type RawClient } from "../support/raw-client.ts";
import { startRawUpstream, type RawUpstream } from "../support/raw-upstream.ts";
import { HANDSHAKE, raw, SWITCHING } from "../support/requests.ts";
import { BIN, commandProcess, run, start, type Running } from "./run-command.ts";

const ALICE = basic("alice", "correct horse");
let directory: string;
let upstream: RawUpstream;
let edge: Running;
let port: number;
const state = (): string => join(directory, "state");
const configuration = (): string => join(directory, "edge.json5");
const commands = commandProcess();
const command = (...args: readonly string[]) => commands.run([...args, "--state", state()]);
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

async function setUsers(text: string): Promise<void> {
  await writeFile(join(directory, "users.new"), text, { mode: 0o600 });
  await rename(join(directory, "users.new"), join(directory, "users"));
}
const aliceLine = hash("correct horse", 4).then((hashed) => `alice:${hashed}\n`);

async function serve(): Promise<Running> {
  const flags = { domain: DOMAIN, upstream: `http://127.0.0.1:${upstream.port}`, host: "127.0.0.1", "https-port": "0", "http-port": "off" };
  const files = { htpasswd: "users", cert: "fullchain.pem", key: "privkey.pem", state: "state" };
  const paths = Object.entries(files).flatMap(([flag, file]) => [`--${flag}`, join(directory, file)]);
  const running = start([
    "serve",
    ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
    ...paths,
    "--config",
    configuration(),
  ]);
  await running.printed('"event":"serving"');
  port = Number(/"https":\["127\.0\.0\.1:(\d+)"\]/.exec(running.stdout())?.[1]);
  return running;
}

async function chat(): Promise<RawClient> {
  const client = await rawClient({ port });
  client.write(raw("GET /chat HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${ALICE}`, ...HANDSHAKE]));
  await client.response();
  return client;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
  await chmod(directory, 0o700);
  await mkdir(state(), { mode: 0o700 });
  const { chain, key } = await makeCertificate({ names: [DOMAIN], issuer: await makeAuthority() });
  await writeFile(join(directory, "fullchain.pem"), chain);
  await writeFile(join(directory, "privkey.pem"), key, { mode: 0o600 });
  await setUsers(await aliceLine);
  await writeFile(configuration(), "{ hsts: 100 }");
  upstream = await startRawUpstream(async (peer) => {
    const head = await peer.head();
    peer.write(head.startsWith("GET /readyz") ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : SWITCHING);
  });
  edge = await serve();
});

afterAll(async () => {
  commands.close();
  edge.child.kill("SIGKILL");
  await edge.finished;
  await upstream.close();
  await rm(directory, { recursive: true, force: true });
});

describe("openclaw-edge status", () => {
  test("tells in 80 columns what runs, and exits with 0; through a pipe there is nothing but text", async () => {
    const { code, stdout, stderr } = await run(["status", "--state", state()]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).not.toContain("\u001b");
    const text = flat(stdout);
    for (const part of [
      /^openclaw-edge \S+, running for \d+ s/,
      `process ${edge.child.pid} on `,
      `serves ${DOMAIN}`,
      `listens 127.0.0.1:${port}`,
      `Gateway http://127.0.0.1:${upstream.port}: It is ready.`,
      "users 1 in ",
      new RegExp(`certificates ${DOMAIN}: for \\d+ d, until 20`),
      "connections 0 of 20000: 0 WebSockets, 0 requests, 0 idle",
    ])
      expect(text).toMatch(part);
    const long = stdout.split("\n").filter((line) => line.length > 80 && !line.includes(directory));
    expect(long).toEqual([]);
  });

  test("--json prints one object", async () => {
    const { stdout } = await command("status", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ gateway: { state: "ready" }, users: { count: 1 }, process: { pid: edge.child.pid } });
  });

  test("--watch goes on, over a restart of the edge too, until Ctrl+C; and ends where nobody reads it any more", async () => {
    const [watching, unread] = [1, 2].map(() => start(["status", "--watch", "--json", "--state", state()])) as [Running, Running];
    for (const each of [watching, unread]) await each.printed("\n");
    unread.child.stdout?.destroy();
    edge.child.kill("SIGKILL");
    const before = edge.child.pid;
    await edge.finished;
    const isSaid = once(watching.child.stderr as Readable, "data");
    expect(String(((await isSaid) as [Buffer])[0])).toBe("The edge does not answer any more; looking on, until Ctrl+C.\n");
    edge = await serve();
    await watching.printed(`"pid":${edge.child.pid},`);
    watching.child.kill("SIGINT");
    const { stdout, stderr } = await watching.finished;
    const lines = stdout.trimEnd().split("\n");
    const pids = lines.map((line) => (JSON.parse(line) as { process: { pid: number } }).process.pid);
    expect([...new Set(pids)]).toEqual([before, edge.child.pid]);
    expect(stderr.split("\n")).toHaveLength(2);
    expect((await unread.finished).code).toBe(0);
  });

  test.skipIf(spawnSync("script", ["--version"]).status !== 0)("has colours on a terminal, and none with NO_COLOR", async () => {
    const line = `${process.execPath} ${BIN} status --state ${state()}`;
    const onTerminal = async (environment: Readonly<Record<string, string>>): Promise<string> => {
      const child = spawn("script", ["-qec", line, "/dev/null"], { env: { PATH: process.env["PATH"], TERM: "xterm", ...environment } });
      let printed = "";
      child.stdout.on("data", (bytes: Buffer) => (printed += bytes.toString()));
      await once(child, "close");
      return printed;
    };
    const [coloured, plain] = await Promise.all([onTerminal({}), onTerminal({ NO_COLOR: "1" })]);
    expect(coloured).toContain("\u001b[32m");
    expect(plain).toContain("It is ready.");
    expect(plain).not.toContain("\u001b");
  });

  test("says where it looked when no edge runs, and exits with 3", async () => {
    const [{ code, stdout, stderr }, environment] = await Promise.all([
      run(["status", "--state", join(directory, "other")]),
      run(["status"], { environment: { OPENCLAW_EDGE_STATE: join(directory, "elsewhere") } }),
    ]);
    expect([code, stdout]).toEqual([3, ""]);
    expect(flat(stderr)).toContain(`No edge runs on the state directory ${join(directory, "other")} (from --state).`);
    expect(environment.code).toBe(3);
    expect(flat(environment.stderr)).toContain("elsewhere (from OPENCLAW_EDGE_STATE).");
  });
});

describe("openclaw-edge sessions", () => {
  test("lists who is connected, ends one by its ID, and says what is still good", async () => {
    const client = await chat();
    const listed = await command("sessions");
    expect(listed.code).toBe(0);
    const [head, row = "", details] = listed.stdout.split("\n");
    expect(head).toMatch(/^ID +USER +KIND +SINCE +IN +OUT$/);
    expect(row).toMatch(/^c\w+ +alice +WebSocket +\d+ s +\d+ B +\d+ B$/);
    expect(details).toMatch(/^ +127\.0\.0\.1, password, GET \/chat$/);
    const [id = ""] = row.split(" ");
    const json = JSON.parse((await command("sessions", "--user", "alice", "--json")).stdout) as unknown;
    expect(json).toMatchObject([{ id, user: "alice", kind: "websocket" }]);
    expect((await command("sessions", "--user", "bob")).stdout).toContain("Nobody is connected and signed in.");
    const ended = await command("sessions", "end", id);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain(`Ended: ${id} of alice (WebSocket).`);
    expect(ended.stdout).toContain("openclaw-edge user passwd alice");
    await client.end();
    client.destroy();
    const again = await command("sessions", "end", id);
    expect(again.code).toBe(1);
    expect(flat(again.stderr)).toContain("No live connection has this id");
  });

  test("ends everything of a user", async () => {
    const clients = [await chat(), await chat()];
    const { code, stdout } = await command("sessions", "end", "--user", "alice");
    expect(code).toBe(0);
    expect(stdout).toContain("Ended: 2 live connections.");
    for (const client of clients) await client.end().finally(() => client.destroy());
  });

  test("refuses what makes no sense, with the mend", async () => {
    const refused = [
      [["end"], "It is not said whose session."],
      [["end", "c1", "--user", "alice"], "An ID and --user exclude each other."],
      [["end", "--user", "a,b"], "is no user name"],
      [["end", "../etc"], "That is no connection's id."],
    ] as const;
    const outcomes = await Promise.all(refused.map(([args]) => command("sessions", ...args)));
    for (const [index, { code, stderr }] of outcomes.entries()) {
      expect(code).toBeGreaterThan(0);
      expect(flat(stderr)).toContain(refused[index]?.[1]);
    }
  });
});

describe("openclaw-edge reload", () => {
  test("says that all is taken up, and answers what was wrong while the last good state stays; so does SIGHUP, in the log", async () => {
    expect(await command("reload")).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Reloaded") });
    await setUsers("no colon\n");
    const broken = await command("reload");
    expect([broken.code, broken.stdout]).toEqual([1, ""]);
    expect(flat(broken.stderr)).toContain("goes on with what was good before");
    expect(flat(broken.stderr)).toContain("The line has no colon between a name and a hash.");
    const client = await chat(); // alice is still good
    client.destroy();
    edge.child.kill("SIGHUP");
    await edge.printed("Reloaded what could be; the rest stays as it was.");
    await setUsers(await aliceLine);
    expect((await command("reload")).code).toBe(0);
  });
});

describe("SIGUSR1, by which others reopen their logs", () => {
  test("attack: opens no debugger, in which every account of this machine could run code, and nobody is cut", async () => {
    const debuggers = (): readonly number[] => listenersOn(9_229).map(({ uid }) => uid);
    const before = debuggers();
    const client = await chat();
    edge.child.kill("SIGUSR1");
    edge.child.kill("SIGHUP");
    await edge.printed('"message":"Reloaded');
    await sleep(200); // the runtime opens its port in a thread of its own
    expect(debuggers()).toEqual(before);
    expect(edge.stderr()).not.toContain("Debugger");
    expect(client.ended).toBe(false);
    client.destroy();
  });
});

describe("openclaw-edge reload, after an edit of the configuration file", () => {
  const hsts = async (): Promise<string | undefined> => {
    const client = await rawClient({ port });
    client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`]));
    const answer = await client.response();
    client.destroy();
    return answer.field("strict-transport-security");
  };

  test("puts in force what can change, and says what needs a restart, and where it is written; nobody is cut", async () => {
    expect(await hsts()).toBe("max-age=100");
    const client = await chat();
    await writeFile(configuration(), '{ hsts: 200,\n  "user-header": "x-edge-user" }');
    const { code, stdout, stderr } = await command("reload");
    expect([code, stdout]).toEqual([1, ""]);
    expect(flat(stderr)).toContain(`${configuration()}:2:18 user-header It has changed since the edge was started`);
    expect(flat(stderr)).not.toContain("hsts");
    expect(await hsts()).toBe("max-age=200");
    expect(client.ended).toBe(false);
    client.destroy();
  });

  test("keeps the last good configuration when the file is broken, and says where it is", async () => {
    await writeFile(configuration(), '{ hsts: 300,\n  "user-haeder": 1 }');
    const misspelt = await command("reload");
    expect(misspelt.code).toBe(1);
    expect(flat(misspelt.stderr)).toMatch(/edge\.json5:2:3 .*Did you mean "user-header"\?/);
    await writeFile(configuration(), "{ hsts: 300");
    expect((await command("reload")).code).toBe(1);
    expect(await hsts()).toBe("max-age=200");
    // The edge that goes on can be looked at all the same, and its users kept in order.
    for (const args of [["status"], ["sessions"], ["user", "list", "--htpasswd", join(directory, "users")]])
      expect(await command(...args, "--config", configuration())).toMatchObject({ code: 0, stderr: "" });
    await writeFile(configuration(), "{ hsts: 100 }");
    expect((await command("reload")).code).toBe(0);
    expect(await hsts()).toBe("max-age=100");
  });
});

describe("two edges on one state directory", () => {
  test("the second is refused with who holds it, and changes nothing", async () => {
    const second = await run([
      "serve",
      "--domain",
      "other.lan",
      "--htpasswd",
      join(directory, "users"),
      "--state",
      state(),
      "--https-port",
      "0",
      "--http-port",
      "off",
    ]);
    expect([second.code, second.stdout]).toEqual([2, ""]);
    expect(flat(second.stderr)).toContain(`Another edge uses it: process ${edge.child.pid}, version `);
    expect((await command("status")).code).toBe(0);
  });

  test("a killed one leaves nothing in the way of the next", async () => {
    edge.child.kill("SIGKILL");
    await edge.finished;
    expect((await command("status")).code).toBe(3);
    edge = await serve();
    expect((await command("status")).code).toBe(0);
  });
});

test("what it has written into its state directory stands in the README, file by file", async () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const names = await readdir(state());
  expect(names).toEqual(expect.arrayContaining(["run", "scopes.json", "version"]));
  expect(names.filter((name) => !readme.includes(`| \`${name}\``) && !readme.includes(`| \`${name}/`))).toEqual([]);
});

describe("openclaw-edge stop", () => {
  test("tells WebSockets, waits until the edge has ended, and says so", async () => {
    const client = await chat();
    const stopping = command("stop");
    expect(await client.until("service restart")).toContain("\u0003\u00f4service restart"); // 1012
    client.destroy();
    const stopped = `Stopping process ${edge.child.pid}; requests and WebSockets have 10 s to end.\nStopped.\n`;
    expect(await stopping).toMatchObject({ code: 0, stdout: stopped });
    expect((await edge.finished).code).toBe(0);
    expect((await command("stop")).code).toBe(3);
    edge = await serve();
    const waiting = await chat();
    expect((await command("stop", "--now")).stdout).toContain("at once.\nStopped.\n");
    expect((await edge.finished).code).toBe(0);
    waiting.destroy();
  });
});
