/** Authenticated GETs over keep-alive connections: small, 100 KB, and one that is large. */
import type { LoadPlan } from "../load/plan.ts";
import { LARGE_BODY, SMALL_BODY } from "../upstream/bodies.ts";
import type { CaseName } from "./case-name.ts";
import type { Case, Workbench } from "./case.ts";
import { charge } from "./charged.ts";

export const small = keepAlive("small", "authenticated GET, 200 octets, 32 keep-alive connections", SMALL_BODY.length);
export const large = keepAlive("large", "authenticated GET, 100 KB, 32 keep-alive connections", LARGE_BODY.length);

function keepAlive(name: CaseName, title: string, length: number): Case {
  return {
    kind: "rounds",
    name,
    title,
    unit: "µs CPU a request",
    throughputUnit: "requests/s",
    decimals: 1,
    async measure(bench, server, first) {
      const plan = { kind: "requests", connections: 32, path: `/${name}`, length, authorization: bench.authorization(0) } as const;
      const { cpu, load } = await charge(bench, server, plan, first);
      return { value: cpu / 1_000 / load.units, throughput: (load.units / load.elapsed) * 1_000, p50: load.p50, p99: load.p99 };
    },
  };
}

const MB = 1_000_000;

export const download: Case = {
  kind: "rounds",
  name: "download",
  title: "authenticated download of 256 MB over one connection",
  unit: "µs CPU a MB",
  throughputUnit: "MB/s",
  decimals: 0,
  async measure(bench, server, first) {
    const { cpu, load } = await charge(bench, server, plan(bench, 256 * MB), first, plan(bench, 8 * MB));
    const megabytes = load.octets / MB;
    return { value: cpu / 1_000 / megabytes, throughput: (megabytes / load.elapsed) * 1_000 };
  },
};

function plan(bench: Workbench, length: number): LoadPlan {
  return { kind: "requests", connections: 1, path: `/download/${length}`, length, authorization: bench.authorization(0) };
}
