/** `npm run bench`: the edge beside its competitors on the same work, in one run. How to read it: README.md. */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";

import type { Case, Workbench } from "./cases/case.ts";
import { CASES } from "./cases/index.ts";
import { findFaults } from "./check.ts";
import { CACHE } from "./directories.ts";
import { Generator } from "./load/generator.ts";
import { readOptions, USAGE, type BenchOptions } from "./options.ts";
import { caseTable, machineReadable, targetList } from "./report.ts";
import { Results } from "./results.ts";
import { COMPETITORS } from "./servers/index.ts";
import type { Competitor, RunningServer } from "./servers/server.ts";
import { Site } from "./site.ts";

process.exitCode = await main(process.argv.slice(2));
process.exit(); // children may still hold the loop

async function main(argv: readonly string[]): Promise<number> {
  if (process.platform !== "linux") return complain("the bench reads CPU time from /proc: it runs on Linux only");
  if (argv.includes("--help")) return complain(USAGE, 0);
  let options: BenchOptions;
  try {
    options = readOptions(argv);
  } catch (error) {
    return complain(`${message(error)}\n${USAGE}`);
  }
  warnOfBusyMachine();
  await mkdir(CACHE, { recursive: true });
  const results = new Results();
  const cases = CASES.filter(({ name }) => options.cases.has(name));
  const chosen = COMPETITORS.filter(({ name }) => options.servers.has(name));

  await using site = await Site.open();
  const competitors = await present(chosen, results);
  const servers = await startAndCheck(site, competitors, results);
  const generator = new Generator();
  const bench: Workbench = {
    pace: options.pace,
    generator,
    startFresh: (competitor, fresh) => site.start(competitor, fresh),
    target: (server) => site.target(server),
    authorization: (account) => site.authorization(account),
  };

  for (const item of cases) {
    await measure(bench, item, servers, results);
    console.log(`${caseTable(item, chosen, results)}\n`);
  }
  for (const server of servers.values()) await server.stop();
  await generator.stop();

  const { text, missed } = targetList(results, CASES);
  console.log(text);
  for (const { kind, competitor, what } of results.gaps) console.log(`${kind.toUpperCase()} ${competitor}: ${what}`);
  const failures = results.gaps.filter(({ kind }) => kind === "failure").length;
  console.log(`${results.gaps.length - failures} skipped, ${failures} failed`);
  const file = join(CACHE, "results.json");
  await writeFile(file, `${JSON.stringify(machineReadable(results, cases, chosen), undefined, 2)}\n`);
  console.log(`all figures: ${file}`);
  return failures > 0 || (options.strict && missed > 0) ? 1 : 0;
}

/** Figures of CPU time stand a busy machine to some degree; throughput, the flood's share of it, and latencies do not. */
function warnOfBusyMachine(): void {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  if (load > cores / 2) console.log(`NOTE the machine is busy (load ${load.toFixed(1)} on ${cores} cores): these figures are worth less\n`);
}

/** Those who can run here. The others are skipped aloud; that the edge itself cannot is a failure. */
async function present(chosen: readonly Competitor[], results: Results): Promise<readonly Competitor[]> {
  const able: Competitor[] = [];
  for (const competitor of chosen) {
    const what = await competitor.missing();
    if (what === undefined) able.push(competitor);
    else {
      results.gaps.push({ competitor: competitor.name, what, kind: competitor.name === "edge" ? "failure" : "skip" });
      console.log(`SKIP ${competitor.name}: ${what}`);
    }
  }
  return able;
}

/** Starts everybody and holds them to account; who answers wrongly is out. */
async function startAndCheck(site: Site, competitors: readonly Competitor[], results: Results): Promise<Map<Competitor, RunningServer>> {
  const servers = new Map<Competitor, RunningServer>();
  for (const competitor of competitors) {
    const { name, auth, description } = competitor;
    try {
      const server = await site.start(competitor);
      const user = site.account(0).name;
      const faults = await findFaults({ target: site.target(server), auth, user, authorization: site.authorization(0) });
      console.log(faults.length === 0 ? `${name}: ${description}; answers correctly` : `${name}: OUT, ${faults.join("; ")}`);
      for (const what of faults) results.gaps.push({ competitor: name, what, kind: "failure" });
      if (faults.length === 0) servers.set(competitor, server);
      else await server.stop();
    } catch (error) {
      results.gaps.push({ competitor: name, what: message(error), kind: "failure" });
      console.log(`${name}: OUT, ${message(error)}`);
    }
  }
  console.log("");
  return servers;
}

async function measure(bench: Workbench, item: Case, servers: ReadonlyMap<Competitor, RunningServer>, results: Results): Promise<void> {
  const failed = new Set<Competitor>();
  const rounds = item.kind === "rounds" ? bench.pace.rounds : 1;
  for (let round = 0; round < rounds; round++) {
    for (const [competitor, server] of servers) {
      const { name, leftOut, roundsEnough = rounds } = competitor;
      if (bench.pace.quick && item.quick?.includes(name) === false) continue;
      if (round >= roundsEnough || failed.has(competitor) || leftOut[item.name] !== undefined) continue;
      try {
        const sample = item.kind === "rounds" ? await item.measure(bench, server, round === 0) : await item.measure(bench, competitor);
        results.add(item.name, name, sample);
      } catch (error) {
        failed.add(competitor);
        results.gaps.push({ competitor: name, what: `${item.name}: ${message(error)}`, kind: "failure" });
        await bench.generator.close();
      }
    }
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Says something that is no result; returns the exit code. */
function complain(text: string, code = 1): number {
  console.error(text);
  return code;
}
