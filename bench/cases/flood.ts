import { setTimeout as sleep } from "node:timers/promises";

import { Generator } from "../load/generator.ts";
import type { LoadPlan, LoadResult } from "../load/plan.ts";
import { cpuBetween, cpuOf } from "../measure/processes.ts";
import { median } from "../measure/statistics.ts";
import type { RunningServer } from "../servers/server.ts";
import { SMALL_BODY } from "../upstream/bodies.ts";
import { startUpstream } from "../upstream/start.ts";
import type { Case, Workbench } from "./case.ts";

/** The server has this core for itself; clients and upstream share the other one. */
const SERVER_CORE = 0;
const CLIENT_CORE = 1;

/** One core checks 12 to 15 passwords of cost 10 in a second: this is seven times as much. */
const WRONG_PASSWORDS_PER_SECOND = 100;
/** The strangers', and the owner's: none of them is the address of the legitimate traffic, so that fairness by address can work. */
const STRANGERS = ["127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"];
const OWNER = "127.0.0.21";

/** Without and with the flood, so often: each with an owner who has not signed in before. */
const TURNS = 4;

/** How long the flood runs before it is measured, in milliseconds: queues are full by then. */
const RISING = 700;

/**
 * Legitimate traffic (32 connections of somebody who is signed in) on one core, without and with a flood of wrong passwords,
 * in turns. While the flood lasts, the owner signs in afresh from yet another address.
 */
export const flood: Case = {
  kind: "once",
  name: "flood",
  quick: ["edge"],
  title: "legitimate traffic kept under 100 wrong passwords a second, the server on one core",
  unit: "% of throughput",
  throughputUnit: "requests/s",
  decimals: 0,
  async measure(bench, competitor) {
    const upstream = await startUpstream(CLIENT_CORE);
    const legitimate = new Generator(CLIENT_CORE);
    const strangers = new Generator(CLIENT_CORE);
    const owner = new Generator(CLIENT_CORE);
    const server = await bench.startFresh(competitor, { core: SERVER_CORE, upstreamPort: upstream.port });
    try {
      return await measureTurns(bench, server, { legitimate, strangers, owner });
    } finally {
      await Promise.all([server, legitimate, strangers, owner, upstream].map((process) => process.stop()));
    }
  },
};

interface Clients {
  readonly legitimate: Generator;
  readonly strangers: Generator;
  readonly owner: Generator;
}

async function measureTurns(bench: Workbench, server: RunningServer, clients: Clients) {
  const { pace } = bench;
  const { legitimate, strangers, owner } = clients;
  const target = bench.target(server);
  const path = "/small";
  const duration = pace.quick ? 1_000 : 1_500;
  const wrong = { kind: "flood", perSecond: WRONG_PASSWORDS_PER_SECOND, connections: 20, addresses: STRANGERS, path } as const;
  const right: LoadPlan = { kind: "requests", connections: 32, path, length: SMALL_BODY.length, authorization: bench.authorization(0) };
  await legitimate.prepare(target, right);
  await legitimate.run(pace.warmUp);
  await strangers.prepare(target, wrong);

  const quiet: LoadResult[] = [];
  const flooded: LoadResult[] = [];
  const busy: number[] = [];
  const signIns: number[] = [];
  const statuses: Record<string, number> = {};
  for (let turn = 1; turn <= TURNS; turn++) {
    const before = cpuOf(server.pid);
    const calm = await legitimate.run(duration);
    quiet.push(calm);
    busy.push(cpuBetween(before, cpuOf(server.pid)) / 1e6 / calm.elapsed);

    await owner.prepare(target, { kind: "sign-in", address: OWNER, path, authorization: bench.authorization(turn) });
    const [answers, signIn, stormy] = await Promise.all([
      strangers.run(RISING + duration),
      sleep(RISING).then(() => owner.run(0)),
      sleep(RISING).then(() => legitimate.run(duration)),
    ]);
    flooded.push(stormy);
    signIns.push(signIn.p50 / 1_000);
    for (const [status, count] of Object.entries(answers.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  }

  const perSecond = (results: readonly LoadResult[]) => median(results.map(({ units, elapsed }) => (units / elapsed) * 1_000));
  return {
    value: (100 * perSecond(flooded)) / perSecond(quiet),
    throughput: perSecond(flooded),
    p50: median(flooded.map(({ p50 }) => p50)),
    p99: median(flooded.map(({ p99 }) => p99)),
    notes: {
      "requests/s without the flood": Math.round(perSecond(quiet)),
      "p99 without the flood, ms": (median(quiet.map(({ p99 }) => p99)) / 1_000).toFixed(1),
      "core busy without the flood, %": Math.round(100 * median(busy)),
      "owner's fresh sign-in, ms": signIns.map(Math.round).join(" "),
      "answers to wrong passwords": Object.entries(statuses)
        .map(([status, count]) => `${count}×${status}`)
        .join(" "),
    },
  };
}
