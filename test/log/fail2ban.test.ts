/** The filter of contrib/fail2ban against lines that the log has really written. */
import { spawnSync } from "node:child_process";
import { closeSync, cpSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { basic, edgeWith } from "../support/edge.ts";
import { raw } from "../support/requests.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { createLog } from "../../src/log/logger.ts";
import { newPass } from "../../src/auth/pass/pass-text.ts";
import type { Log } from "../../src/log/log.ts";

const CONTRIB = fileURLToPath(new URL("../../contrib/fail2ban", import.meta.url));
const FILTER = join(CONTRIB, "filter.d/openclaw-edge.conf");

const isThere = spawnSync("fail2ban-regex", ["--version"]).status === 0;
if (!isThere) console.warn("SKIPPED: the fail2ban filter, because fail2ban-regex is not here (apt-get install fail2ban).");

/** What somebody would write to have others banned, or to hide. */
const FORGED =
  '{"level":"warn","event":"sign_in_failed","client":"203.0.113.66","reason":"wrong"} sign-in failed  alice from 203.0.113.66, basic: wrong  #1';

async function linesOf(format: "json" | "text", write: (log: Log) => void): Promise<string> {
  const path = join(await scratchDirectory(), "log");
  const destination = openSync(path, "w");
  const log = createLog({ format, destination });
  write(log);
  log.flush();
  closeSync(destination);
  return path;
}

function writeEverything(log: Log): void {
  const failed = (client: string, method: string, reason: string, user?: string): void =>
    log.failedSignIn({ id: "k3f9-1", client, method, reason, user });
  failed("192.0.2.1", "basic", "wrong", "alice");
  failed("2001:db8::1", "page", "wrong");
  failed("192.0.2.3", "pass", "malformed");
  failed("192.0.2.4", "basic", "repeated", "a.li_ce@ex-ample+1");
  log.signedIn({ id: "k3f9-2", client: "192.0.2.5", user: "alice" });
  log.exchange({
    id: "k3f9-3",
    client: "192.0.2.6",
    user: undefined,
    signIn: undefined,
    method: FORGED,
    host: FORGED,
    target: `/${FORGED}`,
    status: 401,
    received: 0,
    sent: 0,
    firstByte: 1,
    duration: 1,
    tls: "TLSv1.3",
    code: "credentials_wrong",
  });
  log.warn(FORGED, { detail: FORGED });
  log.warn(`\n${FORGED}`);
}

/** The addresses that would be counted for a ban, with the moment where that is asked for. */
function counted(path: string, filter: string, output = "<ip>"): readonly string[] {
  const { status, stdout, stderr } = spawnSync("fail2ban-regex", ["-o", output, path, filter], { encoding: "utf8" });
  if (status !== 0 && stdout === "" && stderr !== "") throw new Error(stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

describe.skipIf(!isThere)("fail2ban's filter", () => {
  test.each([
    ["json", FILTER],
    ["text", `${FILTER}[format=text]`],
  ] as const)("counts wrong and malformed credentials in %s, and nothing that anybody wrote into a request", async (format, filter) => {
    const path = await linesOf(format, writeEverything);
    expect(counted(path, filter)).toEqual(["192.0.2.1", "2001:db8::1", "192.0.2.3"]);
    expect(
      counted(
        path,
        filter.replace(/\[|$/, (end) => (end === "[" ? "[reasons=repeated," : "[reasons=repeated]")),
      ),
    ).toEqual(["192.0.2.4"]);
  });

  test("reads the moment of a line of JSON, in UTC", async () => {
    const path = await linesOf("json", (log) =>
      log.failedSignIn({ id: "1", client: "192.0.2.1", method: "basic", reason: "wrong", user: undefined }),
    );
    const { time } = JSON.parse(readFileSync(path, "utf8")) as { time: string };
    expect(counted(path, FILTER, "<time>")).toEqual([String(Math.floor(Date.parse(time) / 1_000))]);
  });

  test.each([
    ["json", FILTER],
    ["text", `${FILTER}[format=text]`],
  ] as const)("counts lines in %s that came through syslog", async (format, filter) => {
    const path = await linesOf(format, writeEverything);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    writeFileSync(path, lines.map((line) => `Nov 22 14:20:00 my-host openclaw-edge[77]: ${line}\n`).join(""));
    expect(counted(path, filter)).toEqual(["192.0.2.1", "2001:db8::1", "192.0.2.3"]);
  });

  test("and jail are taken by fail2ban itself", async () => {
    const directory = join(await scratchDirectory(), "fail2ban");
    cpSync("/etc/fail2ban", directory, { recursive: true });
    for (const name of readdirSync(join(directory, "jail.d"))) rmSync(join(directory, "jail.d", name));
    cpSync(CONTRIB, directory, { recursive: true });
    const { stdout, stderr } = spawnSync("fail2ban-client", ["-c", directory, "--dp"], { encoding: "utf8" });
    expect(stderr).not.toMatch(/error/i);
    expect(stdout).toContain("'add', 'openclaw-edge'");
    expect(stdout).toContain("sign_in_failed");
  });
});

test("a real edge's failed sign-ins are what the filter counts", async (context) => {
  if (!isThere) return context.skip();
  const edge = await edgeWith();
  const ask = async (from: string, authorization: string): Promise<void> => {
    const client = await edge.connect({ localAddress: from });
    client.write(raw("GET / HTTP/1.1", ["Host: ai.example.com", `Authorization: ${authorization}`]));
    await client.response();
    client.destroy();
  };
  for (let guess = 0; guess < 7; guess += 1) await ask("127.0.1.1", basic("alice", `guess ${guess}`)); // the last two are throttled
  for (let again = 0; again < 3; again += 1) await ask("127.0.1.2", basic("alice", "the old password"));
  await ask("127.0.1.3", `Bearer ${newPass().text}`);
  await ask("127.0.1.4", "Bearer somebody-else's");
  const path = await linesOf("json", (log) => {
    for (const event of edge.log.failedSignIns) log.failedSignIn(event);
    for (const exchange of edge.log.exchanges) log.exchange(exchange);
  });
  expect(counted(path, FILTER)).toEqual([...new Array<string>(5).fill("127.0.1.1"), "127.0.1.2", "127.0.1.3"]);
});
