/** Runs a load and charges the server for it. */
import { setTimeout as sleep } from "node:timers/promises";

import type { LoadPlan, LoadResult } from "../load/plan.ts";
import { cpuBetween, cpuOf } from "../measure/processes.ts";
import type { RunningServer } from "../servers/server.ts";
import type { Workbench } from "./case.ts";

export interface Charged {
  /** Nanoseconds of CPU time of the server's whole process tree. */
  readonly cpu: number;
  readonly load: LoadResult;
}

/** What a server does just after the last answer (a log line, a closed socket) is on its bill too. */
const AFTERMATH = 30;

/** `warmUp`: a load that comes before and is not charged; default the load itself, for a while. */
export async function charge(bench: Workbench, server: RunningServer, plan: LoadPlan, first: boolean, warmUp = plan): Promise<Charged> {
  const { generator, pace } = bench;
  await generator.prepare(bench.target(server), warmUp);
  await generator.run(first ? pace.warmUp : pace.round / 10);
  if (warmUp !== plan) await generator.prepare(bench.target(server), plan);
  await sleep(AFTERMATH);
  const before = cpuOf(server.pid);
  const load = await generator.run(pace.round);
  await sleep(AFTERMATH);
  const after = cpuOf(server.pid);
  await generator.close();
  return { cpu: cpuBetween(before, after), load };
}
