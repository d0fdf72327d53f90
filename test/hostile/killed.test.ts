/** SIGKILL in the middle of its work, again and again: the next start finds nothing in its way, and leaves nothing behind. */
import { spawn, type ChildProcess } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";

import { expect, it } from "vitest";

import { eventually, pause } from "../support/eventually.ts";
import { freePort } from "../support/ports.ts";
import { rawClient } from "../support/raw-client.ts";
import { edgeDirectory } from "./support/edge-directory.ts";
import type { LogLine } from "./support/edge-process.ts";
import { request, webSocketRequest } from "./support/requests.ts";
import { workingUpstream } from "./support/working-upstream.ts";

const BIN = new URL("../../src/cli/bin.ts", import.meta.url).pathname;
const KILLS = 6;

it("an edge that is killed under load starts again at once: no port, lock, socket or half-written file is in its way", async () => {
  const upstream = await workingUpstream();
  const directory = await edgeDirectory();
  const port = await freePort();
  const options = ["serve", "--host", "127.0.0.1", "--https-port", String(port), "--http-port", "off", "--log-format", "json"];
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [BIN, ...options, ...directory.flags, "--upstream", `http://127.0.0.1:${upstream.port}`], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log: LogLine[] = [];
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    createInterface({ input: child.stdout }).on("line", (line) => log.push(JSON.parse(line) as LogLine));
    await eventually(
      () => log.some(({ event }) => event === "serving") || child.exitCode !== null,
      20_000,
      () => `not serving: ${said}`,
    );
    expect({ exit: child.exitCode, said }).toEqual({ exit: null, said: "" });
    // Nothing to be warned of, however the one before it ended.
    expect(log.filter(({ level }) => level === "warn" || level === "error").map(({ message }) => message)).not.toContainEqual(
      expect.stringMatching(/damaged|aside|corrupt/) as string,
    );
    return child;
  };
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const child = await start();
      const clients = await Promise.all(Array.from({ length: 12 }, () => rawClient({ port, ca: directory.ca })));
      for (const [number, client] of clients.entries()) {
        if (number % 3 === 0) client.write(webSocketRequest("/chat"));
        else if (number % 3 === 1) client.write(request("/events"));
        else
          client.write(
            request("/answer?wrong", { authorization: `Basic ${Buffer.from(`alice:guess ${kill} ${number}`).toString("base64")}` }),
          );
      }
      await pause(100 + 90 * kill);
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      for (const client of clients) client.destroy();
    }
    const last = await start();
    const client = await rawClient({ port, ca: directory.ca });
    client.write(request("/answer?after"));
    expect((await client.response("GET", 20_000)).status).toBe(200);
    client.destroy();
    last.kill("SIGTERM");
    expect(await new Promise((resolve) => last.once("exit", (code) => resolve(code)))).toBe(0);
    const left = await readdir(directory.state, { recursive: true });
    expect(left.filter((name) => /\.tmp$|\.new$|\.lock$|\.sock$/.test(name))).toEqual([]);
  } finally {
    upstream.close();
    await directory.remove();
  }
});
