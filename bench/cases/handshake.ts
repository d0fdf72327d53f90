import { SMALL_BODY } from "../upstream/bodies.ts";
import type { Case } from "./case.ts";
import { charge } from "./charged.ts";

/** A stranger's first visit, over and over: nothing is resumed. */
export const handshake: Case = {
  kind: "rounds",
  name: "handshake",
  title: "new connection, full TLS 1.3 handshake, one authenticated GET, close",
  unit: "µs CPU a visit",
  throughputUnit: "visits/s",
  decimals: 0,
  async measure(bench, server, first) {
    const length = SMALL_BODY.length;
    const plan = { kind: "handshakes", concurrency: 8, path: "/small", length, authorization: bench.authorization(0) } as const;
    const { cpu, load } = await charge(bench, server, plan, first);
    return { value: cpu / 1_000 / load.units, throughput: (load.units / load.elapsed) * 1_000, p50: load.p50, p99: load.p99 };
  },
};
