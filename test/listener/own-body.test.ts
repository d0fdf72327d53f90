import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { expect, onTestFinished, test } from "vitest";

import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "../../src/config/limits.ts";
import type { Verdict } from "../../src/exchange.ts";
import { Connection } from "../../src/listener/connection.ts";
import { OwnBody } from "../../src/listener/own-body.ts";
import { Sweeper } from "../../src/proxy/sweeper.ts";
import { rawClient, type RawClient } from "../support/raw-client.ts";
import { recordingLog } from "../support/recording-log.ts";

const LIMIT = 1_000;

/** A listener that answers every request with its body in brackets. */
async function client(head = DEFAULT_TIMEOUTS.head): Promise<RawClient> {
  const sweeper = new Sweeper(20);
  const server = createServer((socket) => {
    new Connection(
      socket,
      { address: "192.0.2.1", port: 1, prefix: "192.0.2.1" },
      {
        decide: () => ({
          kind: "read",
          limit: LIMIT,
          answer: (body) => ({ kind: "reply", reply: { status: 200, fields: [], body: `[${body.toString("latin1")}]` } }),
        }),
        grammar: { scheme: "https", fields: 100 },
        upstreams: undefined,
        transfer: { headSize: 16_384, headFields: 100, hold: 5_000, hsts: () => "" },
        timeouts: { ...DEFAULT_TIMEOUTS, head },
        limits: DEFAULT_LIMITS,
        log: recordingLog(),
        sweeper,
        connections: new Set(),
        draining: () => false,
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const raw = await rawClient({ port: (server.address() as AddressInfo).port, plain: true });
  onTestFinished(() => {
    raw.socket.destroy();
    server.close();
    sweeper.close();
  });
  return raw;
}

const request = (...lines: readonly string[]): string => `POST / HTTP/1.1\r\nHost: h\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;

test("a body over the limit is answered 413 before it is read, and the connection ends", async () => {
  const raw = await client();
  raw.socket.write(request(`Content-Length: ${LIMIT + 1}`));
  expect((await raw.response()).status).toBe(413);
  await raw.end();
});

test("a chunked body that grows over the limit is answered 413", async () => {
  const raw = await client();
  raw.socket.write(request("Transfer-Encoding: chunked"));
  for (let sent = 0; sent <= LIMIT; sent += 100) raw.socket.write(`64\r\n${"x".repeat(100)}\r\n`);
  expect((await raw.response()).status).toBe(413);
});

test("a body that never comes is answered 408", async () => {
  const raw = await client(200);
  raw.socket.write(`${request("Content-Length: 5")}ab`);
  expect((await raw.response()).status).toBe(408);
});

test("bodies are read however they are framed and cut, and the connection goes on with the next request", async () => {
  const raw = await client();
  raw.socket.write(`${request("Content-Length: 5")}ab`);
  raw.socket.write(`cde${request("Transfer-Encoding: chunked")}2\r\nfg\r\n0\r\n\r\n${request()}`);
  expect((await raw.response()).body).toBe("[abcde]");
  expect((await raw.response()).body).toBe("[fg]");
  expect((await raw.response()).body).toBe("[]");
});

test("a client that waits for 100 (Continue) is told to go on", async () => {
  const raw = await client();
  raw.socket.write(request("Content-Length: 2", "Expect: 100-continue"));
  await raw.until("100 Continue");
  raw.socket.write("ab");
  expect((await raw.response()).status).toBe(100);
  expect((await raw.response()).body).toBe("[ab]");
});

test("a body that comes octet by octet takes no more memory than one that comes whole", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const size = 16_384;
  const octets = Buffer.from("1\r\nx\r\n".repeat(size));
  collect();
  const before = process.memoryUsage();
  const lengths: number[] = [];
  const reply: Verdict = { kind: "reply", reply: { status: 204, fields: [], body: "" } };
  const bodies = Array.from({ length: 10 }, () => {
    const body = new OwnBody({ kind: "chunked" }, { limit: size, answer: ({ length }) => (lengths.push(length), reply) });
    body.take(octets);
    return body;
  });
  collect();
  const after = process.memoryUsage();
  for (const body of bodies) void body.verdict();
  expect(lengths).toEqual(bodies.map(() => size));
  const taken = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  expect(taken).toBeLessThan(bodies.length * size * 4);
});
