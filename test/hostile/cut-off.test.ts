/** A machine without IPv6 and without a network: the edge starts, serves, and says what is missing. In a network namespace of its own. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

const BIN = new URL("../../src/cli/bin.ts", import.meta.url).pathname;
const UNSHARE = process.getuid?.() === 0 ? ["-n"] : ["-Urn"];
const isPossible = spawnSync("unshare", [...UNSHARE, "ip", "link", "set", "lo", "up"]).status === 0;
if (!isPossible) console.error("\n*** SKIPPED: the edge without IPv6 and DNS: no network namespace can be made here. ***\n");

/**
 * Starts the edge in the namespace, asks it once over plain HTTP or TLS on 127.0.0.1, and stops it.
 * What it prints: the edge's log, and one line `{ "answer": … }`.
 */
const ASK = `
  import { spawn } from "node:child_process";
  import { createInterface } from "node:readline";
  import http from "node:http";
  import https from "node:https";
  const [bin, scheme, host, ...flags] = process.argv.slice(1);
  const child = spawn(process.execPath, [bin, "serve", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => {
    console.log(line);
    const { event, https: secure, http: plain } = JSON.parse(line);
    if (event !== "serving") return;
    const [address] = scheme === "https" ? secure : plain;
    const options = { host: "127.0.0.1", port: Number(address.slice(address.lastIndexOf(":") + 1)), servername: host, rejectUnauthorized: false, headers: { host } };
    (scheme === "https" ? https : http).get({ ...options, path: "/" }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk)).on("end", () => {
        console.log(JSON.stringify({ answer: response.statusCode, body, address }));
        setTimeout(() => child.kill("SIGTERM"), 3000);
      });
    });
  });
  child.on("exit", (code) => process.exit(code ?? 1));
`;

interface Line {
  readonly [name: string]: unknown;
}

async function cutOff(
  setUp: string,
  scheme: "http" | "https",
  host: string,
  flags: readonly string[],
): Promise<{ code: number; lines: readonly Line[] }> {
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-cut-off-"));
  const all = [...flags, "--state", join(directory, "state"), "--https-port", "0", "--http-port", "0", "--log-format", "json"];
  const node = [process.execPath, "--input-type=module", "--eval", ASK, "--", BIN, scheme, host, ...all];
  const environment = { ...process.env, OPENCLAW_EDGE_USER: "alice", OPENCLAW_EDGE_PASSWORD: "a long passphrase of Alice's" };
  try {
    return await new Promise((resolve) => {
      const script = `ip link set lo up && ${setUp} && exec "$@"`;
      execFile("unshare", [...UNSHARE, "sh", "-c", script, "sh", ...node], { env: environment, timeout: 60_000 }, (error, stdout) => {
        const lines = stdout
          .split("\n")
          .filter((line) => line.startsWith("{"))
          .map((line) => JSON.parse(line) as Line);
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, lines });
      });
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe.skipIf(!isPossible)("a machine", () => {
  it("without IPv6 is served by IPv4 alone", async () => {
    const off = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6";
    const { code, lines } = await cutOff(off, "https", "localhost", ["--domain", "localhost"]);
    const answer = lines.find((line) => "answer" in line);
    expect({ code, status: answer?.["answer"] }).toEqual({ code: 0, status: 401 });
  });

  it("without DNS and network waits for its certificate, and says so to visitors and to its operator", async () => {
    const { code, lines } = await cutOff("true", "http", "ai.openclaw-test.org", ["--domain", "ai.openclaw-test.org"]);
    const answer = lines.find((line) => "answer" in line);
    expect(code).toBe(0);
    expect(answer?.["answer"]).toBe(503);
    expect(String(answer?.["body"])).toMatch(/certificate/i);
    expect(lines.some(({ level, event }) => level === "warn" || event === "certificate_failed")).toBe(true);
  });
});
