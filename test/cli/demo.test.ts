import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request, type RequestOptions } from "node:https";
import { createServer } from "node:net";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { once } from "node:events";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { start, type Running } from "./run-command.ts";

let directory: string;
let demo: Running;
let port: number;
let password: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "edge-demo-test-"));
  demo = start(["demo", "--host", "127.0.0.1", "--https-port", "0"], { environment: { TMPDIR: directory } });
  await demo.printed("Ctrl+C");
  port = Number(/https:\/\/localhost:(\d+)\//.exec(demo.stdout())?.[1]);
  password = /password {2}(\S+)/.exec(demo.stdout())?.[1] ?? "";
});
afterAll(async () => {
  demo.child.kill("SIGKILL");
  await demo.finished;
  rmSync(directory, { recursive: true, force: true });
});

const basic = (): string => `Basic ${Buffer.from(`demo:${password}`).toString("base64")}`;

async function ask(path: string, options: RequestOptions = {}, body?: string): Promise<IncomingMessage> {
  const asked = request({
    host: "127.0.0.1",
    port,
    path,
    servername: "localhost",
    rejectUnauthorized: false,
    ...options,
    headers: { Host: `localhost:${port}`, Authorization: basic(), ...options.headers },
  });
  asked.end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return response;
}

describe("the demo, end to end", () => {
  test("the first that is read is where to go; nobody is told to trust a CA that ends with the demo", () => {
    expect(demo.stdout()).toMatch(/^\nopenclaw-edge demo: /);
    expect(demo.stdout()).not.toContain("local CA was made");
  });

  test("the password has 80 random bits and is readable", () => {
    expect(password).toMatch(/^(?:[0-9abcdefghjkmnpqrstvwxyz]{4}-){3}[0-9abcdefghjkmnpqrstvwxyz]{4}$/);
    expect(demo.stdout()).toMatch(/user +demo\n/);
  });

  test("attack: without the password, or with a wrong one, nothing of the upstream is seen", async () => {
    for (const authorization of ["", "Basic ZGVtbzp3cm9uZw=="]) {
      const response = await ask("/", { headers: { Authorization: authorization } });
      expect(response.statusCode).toBe(401);
      expect(await text(response)).not.toContain("Hello");
    }
  });

  test("the page shows who signed in, and the password is not among the fields", async () => {
    const response = await ask("/", { headers: { "X-Forwarded-User": "impostor" } });
    const page = await text(response);
    expect(response.statusCode).toBe(200);
    expect(page).toContain("Hello, <em>demo</em>");
    expect(page).toContain("Your password is not among the fields");
    expect(page).not.toContain("impostor");
  });

  test("/echo shows the request as the upstream received it", async () => {
    const answer = JSON.parse(
      await text(await ask("/echo?x=1", { method: "POST", headers: { X_Forwarded_User: "mallory" } }, "hello")),
    ) as { fields: [string, string][]; target: string; body: { octets: number } };
    expect(answer).toMatchObject({ target: "/echo?x=1", body: { octets: 5, text: "hello" } });
    expect(answer.fields.filter(([name]) => /user/i.test(name) && !/agent/i.test(name))).toEqual([["X-Forwarded-User", "demo"]]);
    expect(JSON.stringify(answer)).not.toContain("mallory");
  });

  test("events arrive one by one while the stream stays open", async () => {
    const response = await ask("/events");
    expect(response.headers["content-type"]).toContain("text/event-stream");
    const [first] = (await once(response, "data")) as [Buffer];
    expect(first.toString()).toContain("id: 1\n");
    expect(first.toString()).not.toContain("id: 2\n");
    const [second] = (await once(response, "data")) as [Buffer];
    expect(second.toString()).toContain("id: 2\n");
    response.destroy();
  });

  test("a WebSocket sends back what it was sent", async () => {
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", rejectUnauthorized: false });
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: ${basic()}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await expect.poll(() => bytes.toString("latin1")).toContain("101 Switching Protocols");
    bytes = Buffer.alloc(0);
    // RFC 6455 §5.7: a masked "Hello".
    socket.write(Buffer.from([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]));
    await expect.poll(() => bytes).toEqual(Buffer.from([0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]));
    socket.destroy();
  });

  test("SIGHUP reloads without a word of failure, and SIGTERM ends it with 0 and leaves nothing behind", async () => {
    demo.child.kill("SIGHUP");
    await demo.printed("Reloaded.");
    expect(readdirSync(directory)).toHaveLength(1);
    demo.child.kill("SIGTERM");
    expect(await demo.finished).toMatchObject({ code: 0, signal: null, stderr: "" });
    expect(readdirSync(directory)).toEqual([]);
    expect(demo.stdout()).not.toContain(`${password}\n\n${password}`);
  });
});

test("SIGTERM to npm, as a script or a service manager sends it, ends the demo, too", async () => {
  const state = mkdtempSync(join(tmpdir(), "edge-demo-test-"));
  const npm = start(["--", "demo", "--host", "127.0.0.1", "--https-port", "0"], {
    node: "npm",
    bin: "start",
    environment: { TMPDIR: state },
  });
  await npm.printed("Ctrl+C");
  // npm keeps something of its own there, too.
  const left = (): readonly string[] => readdirSync(state).filter((name) => name.startsWith("openclaw-edge-demo-"));
  expect(left()).toHaveLength(1);
  npm.child.kill("SIGTERM");
  await expect.poll(left).toEqual([]);
  await npm.finished;
  rmSync(state, { recursive: true });
});

test("an occupied port is a plain message and exit code 1, and nothing is left behind", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const { port: taken } = blocker.address() as { port: number };
  const state = mkdtempSync(join(tmpdir(), "edge-demo-test-"));
  const { code, stderr } = await start(["demo", "--host", "127.0.0.1", "--https-port", String(taken)], { environment: { TMPDIR: state } })
    .finished;
  blocker.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`port ${taken}`);
  expect(stderr).toContain("listens there already");
  expect(stderr).not.toContain("    at ");
  expect(readdirSync(state)).toEqual([]);
  rmSync(state, { recursive: true });
});

test("a second signal stops at once although a request is still running, and the first one's echo does not", async () => {
  const slow = start(["demo", "--host", "127.0.0.1", "--https-port", "0"], { environment: { TMPDIR: directory } });
  await slow.printed("Ctrl+C");
  const itsPort = Number(/https:\/\/localhost:(\d+)\//.exec(slow.stdout())?.[1]);
  const itsPassword = /password {2}(\S+)/.exec(slow.stdout())?.[1] ?? "";
  const asked = request({
    host: "127.0.0.1",
    port: itsPort,
    path: "/events",
    servername: "localhost",
    rejectUnauthorized: false,
    headers: { Host: `localhost:${itsPort}`, Authorization: `Basic ${Buffer.from(`demo:${itsPassword}`).toString("base64")}` },
  });
  asked.on("error", () => {}).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.on("error", () => {});
  slow.child.kill("SIGINT");
  // What npm passes on of the terminal's Ctrl+C is no second one.
  await sleep(30);
  slow.child.kill("SIGINT");
  await slow.printed("Stopping");
  await sleep(300);
  expect(slow.child.exitCode).toBeNull();
  expect(slow.stdout()).not.toContain("second signal");
  const before = performance.now();
  slow.child.kill("SIGINT");
  expect((await slow.finished).code).toBe(130);
  expect(performance.now() - before).toBeLessThan(3_000);
});

test("a missing users file is told by createEdge in the same words, with exit code 2", async () => {
  const state = mkdtempSync(join(tmpdir(), "edge-serve-test-"));
  const { code, stderr } = await start([
    "--domain",
    "localhost",
    "--host",
    "127.0.0.1",
    "--https-port",
    "0",
    "--http-port",
    "off",
    "--state",
    join(state, "state"),
    "--htpasswd",
    join(state, "none"),
  ]).finished;
  expect(code).toBe(2);
  expect(stderr).toContain("openclaw-edge can't start:");
  expect(stderr.replaceAll(/\s+/g, " ")).toContain("openclaw-edge user add NAME --htpasswd");
  rmSync(state, { recursive: true });
});
