import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";

import { expect, onTestFinished, test } from "vitest";

import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "../../src/config/limits.ts";
import type { Reply } from "../../src/exchange.ts";
import { Connection } from "../../src/listener/connection.ts";
import { Sweeper } from "../../src/proxy/sweeper.ts";
import { recordingLog } from "../support/recording-log.ts";

/** A client whose octets are taken when the test says so: kernel buffers would hide what waits in the process. */
class SlowClient extends Duplex {
  #waiting: (() => void)[] = [];

  override _write(_chunk: Buffer, _encoding: string, callback: () => void): void {
    this.#waiting.push(callback);
  }

  override _read(): void {}

  /** Takes all that waits. */
  async drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      for (const callback of this.#waiting.splice(0)) callback();
      await turn();
    }
  }
}

const IDLE = 1_000;

function connect(reply: Partial<Reply>): { readonly client: SlowClient; readonly connection: Connection } {
  const sweeper = new Sweeper(1_000_000);
  onTestFinished(() => sweeper.close());
  const client = new SlowClient();
  const connection = new Connection(
    client,
    { address: "192.0.2.1", port: 1, prefix: "192.0.2.1" },
    {
      decide: () => ({ kind: "reply", reply: { status: 200, fields: [], body: "x".repeat(100_000), ...reply } }),
      grammar: { scheme: "https", fields: 100 },
      upstreams: undefined,
      transfer: { headSize: 16_384, headFields: 100, hold: 5_000, hsts: () => "" },
      timeouts: { ...DEFAULT_TIMEOUTS, idle: IDLE, write: 1_000_000 },
      limits: DEFAULT_LIMITS,
      log: recordingLog(),
      sweeper,
      connections: new Set(),
      draining: () => false,
    },
  );
  client.push("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  return { client, connection };
}

test.each([
  ["the idle time", {}],
  ["the time to linger in, after the last answer", { close: true }],
])("a client that is still reading is not cut by %s, and by that time again once it has read and stays", async (_, reply) => {
  const { client, connection } = connect(reply);
  await turn();
  expect(client.writableLength).toBeGreaterThan(100_000);
  const start = performance.now();
  connection.sweep(start + 5_000);
  expect(client.destroyed).toBe(false);
  await client.drain();
  connection.sweep(start + 10_000);
  connection.sweep(start + 20_000);
  expect(client.destroyed).toBe(true);
});
