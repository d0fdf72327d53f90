import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import type { ExchangeRecord } from "../../src/log/log.ts";
import { createLog, type LogOptions } from "../../src/log/logger.ts";
import { timestamp, writeTimestamp } from "../../src/log/clock.ts";
import { LineWriter } from "../../src/log/line.ts";

const RECORD: ExchangeRecord = {
  id: "k3f9a2",
  client: "2001:db8::1",
  user: undefined,
  signIn: undefined,
  method: "GET",
  host: "ai.example.com",
  target: "/j/s3cret?token=x",
  status: 401,
  received: 5,
  sent: 10,
  firstByte: undefined,
  duration: 1.26,
  tls: undefined,
  code: "credentials_required",
};

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "edge-log-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
async function written(
  options: Omit<LogOptions, "destination">,
  use: (log: ReturnType<typeof createLog>) => void | Promise<void>,
): Promise<string> {
  const path = join(directory, String(files++));
  const destination = openSync(path, "w");
  const log = createLog({ ...options, destination });
  await use(log);
  log.flush();
  const text = readFileSync(path, "utf8");
  closeSync(destination);
  return text;
}

describe("the JSON log", () => {
  test("an exchange is one line with every field of the record", async () => {
    const text = await written({ format: "json" }, (log) => log.exchange(RECORD));
    expect(text.endsWith("\n")).toBe(true);
    expect(JSON.parse(text)).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: "exchange",
      id: "k3f9a2",
      client: "2001:db8::1",
      user: null,
      method: "GET",
      host: "ai.example.com",
      path: "/j/***?token=",
      status: 401,
      received: 5,
      sent: 10,
      first_byte_ms: null,
      duration_ms: 1.3,
      tls: null,
      code: "credentials_required",
    });
  });

  test("a request that went without a sign-in says by what", async () => {
    const text = await written({ format: "json" }, (log) => log.exchange({ ...RECORD, exemption: "share" }));
    expect(JSON.parse(text)).toMatchObject({ user: null, exemption: "share", method: "GET" });
  });

  test("lines of every kind keep their order, and share their shape", async () => {
    const text = await written({ format: "json" }, (log) => {
      log.info("first", { port: 443 });
      log.exchange(RECORD);
      log.failedSignIn({ id: "k3f9a2", client: "192.0.2.1", method: "basic", reason: "wrong", user: undefined });
      log.error("last", { error: new Error("outer", { cause: new Error("inner") }) });
    });
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { level: "info", message: "first", port: 443 },
      { event: "exchange" },
      { level: "warn", event: "sign_in_failed", client: "192.0.2.1", method: "basic", reason: "wrong", user: null },
      { level: "error", message: "last", error: { message: "outer", cause: { message: "inner" } } },
    ]);
    for (const line of lines) expect(line["time"]).toMatch(/Z$/);
  });

  test("details named like a secret are masked however deep they lie", async () => {
    const text = await written({ format: "json" }, (log) =>
      log.warn("x", { password: "s3cret", a: { authorization: "s3cret", b: [{ setCookie: "s3cret" }] }, key: Buffer.from("s3cret") }),
    );
    expect(text).not.toContain("s3cret");
    expect(text).toContain('"password":"***"');
  });

  test("a few lines are written within a second without anybody asking", async () => {
    const path = join(directory, "waiting");
    const destination = openSync(path, "w");
    createLog({ format: "json", destination }).exchange(RECORD);
    expect(readFileSync(path, "utf8")).toBe("");
    await expect.poll(() => readFileSync(path, "utf8"), { timeout: 3_000 }).toContain("exchange");
  });
});

describe("the readable log", () => {
  test("an exchange is one line for a person", async () => {
    const text = await written({ format: "text" }, (log) => log.exchange({ ...RECORD, user: "alice", code: undefined, status: 200 }));
    expect(text).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} 200 GET {2}ai\.example\.com\/j\/\*\*\*\?token= {2}alice 2001:db8::1 {2}1\.3 ms, 10 B \(in 5 B\) {2}#k3f9a2\n$/,
    );
  });

  test("an exchange tells when its first octet went out, and over which TLS", async () => {
    const text = await written({ format: "text" }, (log) => log.exchange({ ...RECORD, firstByte: 1.04, tls: "TLSv1.3" }));
    expect(text).toContain("  1.3 ms (first byte 1.0 ms), 10 B (in 5 B), TLSv1.3  #k3f9a2");
  });

  test("a request that went without a sign-in says by what, in the name's place", async () => {
    const text = await written({ format: "text" }, (log) => log.exchange({ ...RECORD, exemption: "share", code: undefined, status: 200 }));
    expect(text).toContain("  share 2001:db8::1  ");
  });

  test("a failed sign-in names no name that does not exist", async () => {
    const text = await written({ format: "text" }, (log) =>
      log.failedSignIn({ id: "i", client: "192.0.2.1", method: "basic", reason: "wrong", user: undefined }),
    );
    expect(text).toContain("sign-in failed  unknown name from 192.0.2.1, basic: wrong");
  });

  test("messages carry their level and details, and colours only when asked", async () => {
    const use = (log: ReturnType<typeof createLog>): void => log.warn("careful\u001b[2J", { port: 1 });
    expect(await written({ format: "text" }, use)).toMatch(/^[\d:.]+ warning careful\\u001b\[2J {2}port=1\n$/);
    expect(await written({ format: "text", colours: true }, use)).toContain("\u001b[33mwarning");
  });
});

test("what is buffered is written when the process exits, and a closed standard output ends nothing", async () => {
  const logger = new URL("../../src/log/logger.ts", import.meta.url).href;
  const code = (body: string): string =>
    `const { createLog } = await import(${JSON.stringify(logger)}); const log = createLog({ format: "json" }); ${body}`;
  const run = (body: string) =>
    spawn(process.execPath, ["--input-type=module", "-e", code(body)], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });

  const exiting = run('log.info("last words"); process.exit(3);');
  let text = "";
  exiting.stdout.on("data", (bytes: Buffer) => (text += bytes.toString()));
  expect(await exit(exiting)).toBe(3);
  expect(text).toContain("last words");

  const silenced = run(
    'for (let i = 0; i < 30; i++) { log.info("x".repeat(4_000)); log.flush(); await new Promise((r) => setTimeout(r, 10)); } process.stderr.write("alive"); process.exit(0);',
  );
  silenced.stdout.destroy();
  let said = "";
  silenced.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  expect(await exit(silenced)).toBe(0);
  expect(said).toBe("alive");
});

test("the clock formats every millisecond as Date does", async () => {
  for (const now of [0, 1, 999, 1_000, 1_700_000_000_123, 1_700_000_000_007, 1_700_000_059_999])
    expect(timestamp(now)).toBe(new Date(now).toISOString());
  await sleep(1);
  expect(timestamp()).toMatch(/Z$/);
  onTestFinished(() => void vi.useRealTimers());
  for (const now of [1_700_000_000_000, 1_700_000_000_007, 1_700_000_000_010, 1_700_000_000_999, 1_700_000_060_100]) {
    vi.useFakeTimers({ now, toFake: ["Date"] });
    const line = new LineWriter(100);
    writeTimestamp(line);
    expect(line.bytes.toString("latin1", 0, line.length)).toBe(new Date(now).toISOString());
  }
});

function exit(child: ReturnType<typeof spawn>): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once("close", resolve);
  return promise;
}

test("a reader that is too slow loses lines, is told how many, and costs bounded memory", async () => {
  const logger = new URL("../../src/log/logger.ts", import.meta.url).href;
  const body =
    'for (let i = 0; i < 24_000; i++) log.info("x".repeat(1_000)); await new Promise((done) => process.stdin.once("data", done)); log.info("after"); process.exit(0);';
  const child = spawn(process.execPath, [
    "--input-type=module",
    "-e",
    `const { createLog } = await import(${JSON.stringify(logger)}); const log = createLog({ format: "json" }); ${body}`,
  ]);
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString()));
  await expect.poll(() => text.includes("Lines were dropped"), { timeout: 15_000 }).toBe(true);
  child.stdin.write("go on\n");
  expect(await exit(child)).toBe(0);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { message: string; count?: number });
  const dropped = lines.find(({ message }) => message.startsWith("Lines were dropped"))?.count ?? 0;
  expect(dropped).toBeGreaterThan(1_000);
  expect(lines.length + dropped).toBe(24_002);
  expect(lines.at(-1)?.message).toBe("after");
});
