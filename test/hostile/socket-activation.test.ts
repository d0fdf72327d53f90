/** Sockets that a service manager keeps while the edge is restarted: nobody is refused. */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

import { describe, expect, it } from "vitest";

import { DOMAIN } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { rawClient } from "../support/raw-client.ts";
import { edgeDirectory } from "./support/edge-directory.ts";
import type { LogLine } from "./support/edge-process.ts";
import { request } from "./support/requests.ts";
import { answerTo, workingUpstream } from "./support/working-upstream.ts";

const BIN = new URL("../../src/cli/bin.ts", import.meta.url).pathname;
const MANAGER = new URL("support/socket-manager.pl", import.meta.url).pathname;
const RESTARTS = 10;

describe.skipIf(spawnSync("perl", ["-v"]).status !== 0)("sockets that were handed over (sd_listen_fds(3))", () => {
  it("lose nobody in ten restarts under load: every new connection is served, every answer is right", async () => {
    const upstream = await workingUpstream();
    await using service = await startService(upstream.port);
    const wrong: string[] = [];
    let right = 0;
    let stopped = false;
    const ask = async (name: number): Promise<void> => {
      for (let count = 0; !stopped; count++) {
        const id = `alice-${name}-${count}`;
        try {
          // A connection of its own for each question: a persistent one may end between two, and clients then ask again by themselves.
          const client = await rawClient({ port: service.https, ca: service.ca });
          client.write(request(`/answer?${id}`, { fields: ["Connection: close"] }));
          const { status, body } = await client.response("GET", 20_000);
          if (status === 200 && body === answerTo(id, "alice")) right++;
          else wrong.push(`${id}: ${status} ${body.slice(0, 80)}`);
          client.destroy();
        } catch (error) {
          wrong.push(`${id}: ${String(error)}`);
        }
        await pause(5);
      }
    };
    const asking = Promise.all(Array.from({ length: 6 }, (_, name) => ask(name)));
    await eventually(() => right > 20, 20_000);
    for (let restart = 1; restart <= RESTARTS; restart++) {
      const before = right;
      process.kill(service.pids.at(-1) as number, "SIGTERM");
      await eventually(() => service.pids.length > restart, 20_000);
      await eventually(() => right > before + 20, 20_000);
    }
    stopped = true;
    await asking;
    upstream.close();
    expect(wrong).toEqual([]);
    expect(service.pids.length).toBe(RESTARTS + 1);
    expect(new Set(service.log.filter(({ event }) => event === "serving").map(({ https }) => String(https)))).toEqual(
      new Set([`127.0.0.1:${service.https}`]),
    );
  });

  it("are used for port 80 too", async () => {
    await using service = await startService(9);
    const client = await rawClient({ port: service.http, plain: true });
    client.write(`GET /path HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`);
    const { status, field } = await client.response();
    expect([status, field("location")]).toEqual([308, `https://${DOMAIN}:${service.https}/path`]);
    client.destroy();
  });
});

async function startService(upstream: number) {
  const directory = await edgeDirectory();
  const command = [process.execPath, BIN, "serve", "--log-format", "json", "--drain-timeout", "5s"];
  const child = spawn("perl", [MANAGER, ...command, ...directory.flags, "--upstream", `http://127.0.0.1:${upstream}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const pids: number[] = [];
  const log: LogLine[] = [];
  let ports: readonly number[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [word, ...rest] = line.split(" ");
    if (word === "ports") ports = rest.map(Number);
    else if (word === "pid") pids.push(Number(rest[0]));
    else log.push(JSON.parse(line) as LogLine);
  });
  await eventually(
    () => log.some(({ event }) => event === "serving"),
    20_000,
    () => `not serving: ${JSON.stringify(log)}`,
  );
  return {
    https: ports[0] as number,
    http: ports[1] as number,
    ca: directory.ca,
    pids,
    log,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await new Promise((resolve) => child.once("exit", resolve));
      await directory.remove();
    },
  };
}
