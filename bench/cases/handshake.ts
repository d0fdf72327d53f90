import { SMALL_BODY } from "../upstream/bodies.ts";
import type { Case } from "./case.ts";
import { charge } from "./charged.ts";

/** Visits are twenty times rarer than requests, and compilers count how often something runs. */
const WARM_UP = 6;

/** A stranger's first visit, over and over: nothing is resumed. Everybody agrees on keys in the same way, so the work is the same. */
export const handshake = visits("handshake", "new connection, full TLS 1.3 handshake (X25519), one authenticated GET, close", "X25519");

/** The same as a browser of today comes: whoever can takes the hybrid that a quantum computer can't break later, and pays for it. */
export const handshakeHybrid: Case = {
  ...visits("handshake-hybrid", "the same from a client that would rather have X25519MLKEM768, as browsers do", "X25519MLKEM768:X25519"),
  quick: ["edge"],
};

function visits(name: "handshake" | "handshake-hybrid", title: string, groups: string): Case {
  return {
    kind: "rounds",
    name,
    title,
    unit: "µs CPU a visit",
    throughputUnit: "visits/s",
    decimals: 0,
    async measure(bench, server, first) {
      const { pace } = bench;
      const length = SMALL_BODY.length;
      const plan = { kind: "handshakes", concurrency: 8, path: "/small", length, authorization: bench.authorization(0), groups } as const;
      const { cpu, load } = await charge({ ...bench, pace: { ...pace, warmUp: WARM_UP * pace.warmUp } }, server, plan, first);
      return { value: cpu / 1_000 / load.units, throughput: (load.units / load.elapsed) * 1_000, p50: load.p50, p99: load.p99 };
    },
  };
}
