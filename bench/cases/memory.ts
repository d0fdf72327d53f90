/** Resident memory: of a server that has just started, and of each WebSocket that is open and silent. */
import { setTimeout as sleep } from "node:timers/promises";

import { memoryOf } from "../measure/processes.ts";
import { SMALL_BODY } from "../upstream/bodies.ts";
import type { Case, Workbench } from "./case.ts";
import type { RunningServer } from "../servers/server.ts";

const MIB = 1_048_576;
const KIB = 1_024;

export const idle: Case = {
  kind: "once",
  name: "idle",
  title: "resident memory 2 s after the start, nobody signed in",
  unit: "MiB RSS",
  decimals: 1,
  async measure(bench, competitor) {
    const server = await bench.startFresh(competitor);
    try {
      await sleep(2_000);
      const fresh = memoryOf(server.pid);
      await visit(bench, server);
      await sleep(500);
      const visited = memoryOf(server.pid);
      return {
        value: fresh.rss / MIB,
        notes: { "PSS, MiB": (fresh.pss / MIB).toFixed(1), "RSS after the first sign-in, MiB": (visited.rss / MIB).toFixed(1) },
      };
    } finally {
      await server.stop();
    }
  },
};

export const idleWebSocket: Case = {
  kind: "once",
  name: "idle-websocket",
  quick: ["edge"],
  title: "resident memory of one idle WSS connection, thousands of them open",
  unit: "KiB RSS each",
  decimals: 1,
  async measure(bench, competitor) {
    const connections = bench.pace.idleWebSockets;
    const server = await bench.startFresh(competitor);
    try {
      // Whoever has signed in once has his worker, his cache entry and his upstream connection: that is no connection's memory.
      await visit(bench, server);
      await sleep(500);
      const before = memoryOf(server.pid);
      await bench.generator.prepare(bench.target(server), { kind: "idle-websockets", connections, authorization: bench.authorization(0) });
      await sleep(2_000);
      const after = memoryOf(server.pid);
      await bench.generator.run(0);
      await bench.generator.close();
      return {
        value: (after.rss - before.rss) / KIB / connections,
        notes: { connections, "RSS in all, MiB": (after.rss / MIB).toFixed(0) },
      };
    } finally {
      await server.stop();
    }
  },
};

/** One request with a password. */
async function visit(bench: Workbench, server: RunningServer): Promise<void> {
  const { generator } = bench;
  const length = SMALL_BODY.length;
  await generator.prepare(bench.target(server), {
    kind: "requests",
    connections: 1,
    path: "/small",
    length,
    authorization: bench.authorization(0),
  });
  await generator.run(0);
  await generator.close();
}
