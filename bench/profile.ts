/**
 * `node bench/profile.ts [small|large|websocket|handshake]`: where the edge's main thread spends its time under that load.
 * Self time by function, from V8's sampling profiler; `(program)` is native code (TLS, sockets), `(idle)` is left out.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { Generator } from "./load/generator.ts";
import type { LoadPlan } from "./load/plan.ts";
import { edge } from "./servers/edge.ts";
import { Site } from "./site.ts";
import { LARGE_BODY, SMALL_BODY } from "./upstream/bodies.ts";

/** What `--cpu-prof` writes, as far as it is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SECONDS = 4;
const SHOWN = 40;

const missing = await edge.missing();
if (missing !== undefined) throw new Error(missing);
await profile(process.argv[2] ?? "small");
process.exit();

async function profile(name: string): Promise<void> {
  await using site = await Site.open();
  const generator = new Generator();
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-profile-"));
  try {
    process.env["NODE_OPTIONS"] = `--cpu-prof --cpu-prof-interval=200 --cpu-prof-dir=${directory}`;
    const server = await site.start(edge);
    delete process.env["NODE_OPTIONS"];
    await generator.prepare(site.target(server), planOf(name, site.authorization(0)));
    const { units, elapsed } = await generator.run(SECONDS * 1_000);
    await generator.close();
    await server.stop();
    console.log(`${name}: ${units} units in ${(elapsed / 1_000).toFixed(1)} s\n`);
    for (const line of hottest(await mainThread(directory), units)) console.log(line);
  } finally {
    await generator.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function planOf(name: string, authorization: string): LoadPlan {
  switch (name) {
    case "small":
      return { kind: "requests", connections: 32, path: "/small", length: SMALL_BODY.length, authorization };
    case "large":
      return { kind: "requests", connections: 32, path: "/large", length: LARGE_BODY.length, authorization };
    case "websocket":
      return { kind: "websockets", connections: 500, size: 1_024, authorization };
    case "handshake":
      return { kind: "handshakes", concurrency: 8, path: "/small", length: SMALL_BODY.length, authorization, groups: "X25519" };
    default:
      throw new Error(`there is no profile of ${name}: small, large, websocket, handshake`);
  }
}

/** Threads write a profile each; the main thread's is the one with the command line's entry in it. */
async function mainThread(directory: string): Promise<Profile> {
  const profiles = await Promise.all(
    (await readdir(directory)).map(async (file) => JSON.parse(await readFile(join(directory, file), "utf8")) as Profile),
  );
  // Two, of which the first ended when the process started itself anew with V8's settings (cli/runtime-flag.ts).
  const [main] = profiles
    .filter(({ nodes }) => nodes.some(({ callFrame }) => callFrame.url.endsWith("/dist/cli/bin.js")))
    .toSorted((a, b) => b.samples.length - a.samples.length);
  if (!main) throw new Error("the edge wrote no profile");
  return main;
}

function hottest({ nodes, samples, timeDeltas }: Profile, units: number): readonly string[] {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      url === "" ? functionName : `${functionName || "(anonymous)"} ${url.startsWith("node:") ? url : basename(url)}:${lineNumber + 1}`,
    ]),
  );
  const times = new Map<string, number>();
  samples.forEach((id, at) => {
    const name = names.get(id) ?? "?";
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  });
  times.delete("(idle)");
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(
      ([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${(time / units).toFixed(2).padStart(7)} µs a unit  ${name}`,
    );
}
