import type { Case } from "./case.ts";
import { charge } from "./charged.ts";

/** Chats: every message goes up and comes back. Opening the sockets is not on the bill. */
export const websocket: Case = {
  kind: "rounds",
  name: "websocket",
  title: "500 WebSockets, each echoing messages of 1 KB",
  unit: "µs CPU an echo",
  throughputUnit: "echoes/s",
  decimals: 1,
  async measure(bench, server, first) {
    const plan = { kind: "websockets", connections: 500, size: 1_024, authorization: bench.authorization(0) } as const;
    const { cpu, load } = await charge(bench, server, plan, first);
    return { value: cpu / 1_000 / load.units, throughput: (load.units / load.elapsed) * 1_000, p50: load.p50, p99: load.p99 };
  },
};
