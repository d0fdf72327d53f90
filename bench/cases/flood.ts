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

/** One core checks 12 to 15 passwords of cost 10 in a second: this is fourteen times as much. */
const WRONG_PASSWORDS_PER_SECOND = 200;
/** A botnet: so many addresses that none of them is told to wait before the flood is over, and every check is as dear as it can be. */
const STRANGERS = Array.from({ length: 100 }, (_, index) => `127.0.11.${index + 1}`);
/** None of them is the address of the legitimate traffic either. */
const OWNER = "127.0.0.21";
const GUEST = "127.0.0.22";

/** Without and with the flood, so often: each with an owner who has not signed in before. */
const TURNS = 4;

/** How long the flood runs before it is measured, in milliseconds: queues are full by then. */
const RISING = 700;

/**
 * Legitimate traffic (32 connections of somebody who is signed in) on one core, without and with a flood of wrong passwords, in turns: a
 * quarter of them for that somebody, a quarter for the owner, the others for names that don't exist. While the flood lasts, the owner signs
 * in afresh in a browser that he has used before, and so does a guest, whose name nobody guesses at, in one that he has not.
 */
export const flood: Case = {
  kind: "once",
  name: "flood",
  quick: ["edge"],
  title: "legitimate traffic kept under 200 wrong passwords a second, the server on one core",
  unit: "% of throughput",
  throughputUnit: "requests/s",
  decimals: 0,
  async measure(bench, competitor) {
    const upstream = await startUpstream(CLIENT_CORE);
    const legitimate = new Generator(CLIENT_CORE);
    const strangers = new Generator(CLIENT_CORE);
    const owner = new Generator(CLIENT_CORE);
    const guest = new Generator(CLIENT_CORE);
    const server = await bench.startFresh(competitor, { core: SERVER_CORE, upstreamPort: upstream.port });
    try {
      return await measureTurns(bench, server, { legitimate, strangers, owner, guest });
    } finally {
      await Promise.all([server, legitimate, strangers, owner, guest, upstream].map((process) => process.stop()));
    }
  },
};

interface Clients {
  readonly legitimate: Generator;
  readonly strangers: Generator;
  readonly owner: Generator;
  readonly guest: Generator;
}

async function measureTurns(bench: Workbench, server: RunningServer, clients: Clients) {
  const { pace } = bench;
  const { legitimate, strangers, owner, guest } = clients;
  const target = bench.target(server);
  const path = "/small";
  const duration = pace.quick ? 1_000 : 1_500;
  const wrong = {
    kind: "flood",
    perSecond: WRONG_PASSWORDS_PER_SECOND,
    connections: STRANGERS.length,
    addresses: STRANGERS,
    names: ["alice", "*", "owner1", "*", "owner2", "*", "owner3", "*", "owner4", "*"],
    path,
  } as const;
  const right: LoadPlan = { kind: "requests", connections: 32, path, length: SMALL_BODY.length, authorization: bench.authorization(0) };
  await legitimate.prepare(target, right);
  await legitimate.run(pace.warmUp);
  await strangers.prepare(target, wrong);

  const quiet: LoadResult[] = [];
  const flooded: LoadResult[] = [];
  const busy: number[] = [];
  const signIns: number[] = [];
  const guests: number[] = [];
  const statuses: Record<string, number> = {};
  for (let turn = 1; turn <= TURNS; turn++) {
    const before = cpuOf(server.pid);
    const calm = await legitimate.run(duration);
    quiet.push(calm);
    busy.push(cpuBetween(before, cpuOf(server.pid)) / 1e6 / calm.elapsed);

    const cookie = await server.knownDevice?.(`owner${turn}`);
    await owner.prepare(target, { kind: "sign-in", address: OWNER, path, authorization: bench.authorization(turn), cookie });
    await guest.prepare(target, { kind: "sign-in", address: GUEST, path, authorization: bench.authorization(TURNS + turn) });
    const [answers, signIn, guestSignIn, stormy] = await Promise.all([
      strangers.run(RISING + duration),
      sleep(RISING).then(() => owner.run(0)),
      sleep(RISING).then(() => guest.run(0)),
      sleep(RISING).then(() => legitimate.run(duration)),
    ]);
    flooded.push(stormy);
    signIns.push(signIn.p50 / 1_000);
    guests.push(guestSignIn.p50 / 1_000);
    for (const [status, count] of Object.entries(answers.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  }

  const rate = ({ units, elapsed }: LoadResult) => (units / elapsed) * 1_000;
  const perSecond = (results: readonly LoadResult[]) => median(results.map(rate));
  return {
    // By turns: what stood side by side is compared.
    value: 100 * median(flooded.map((stormy, turn) => rate(stormy) / rate(quiet[turn] as LoadResult))),
    throughput: perSecond(flooded),
    p50: median(flooded.map(({ p50 }) => p50)),
    p99: median(flooded.map(({ p99 }) => p99)),
    notes: {
      "requests/s without the flood": Math.round(perSecond(quiet)),
      "p99 without the flood, ms": (median(quiet.map(({ p99 }) => p99)) / 1_000).toFixed(1),
      "core busy without the flood, %": Math.round(100 * median(busy)),
      "owner's fresh sign-in in a known browser, ms": signIns.map(Math.round).join(" "),
      "a guest's in a new one, ms": guests.map(Math.round).join(" "),
      "answers to wrong passwords": Object.entries(statuses)
        .map(([status, count]) => `${count}×${status}`)
        .join(" "),
    },
  };
}
