import { octets, quoted, randomReads } from "./reads.ts";
import { Random } from "./random.ts";
import { shrink } from "./shrink.ts";

/** One thing that must hold for every stream, and where its streams come from. */
export interface Differential {
  readonly generate: (random: Random) => string;
  /** What is wrong with how this stream is read; undefined when nothing is. Asynchronous where the peer is. */
  readonly check: (reads: readonly Uint8Array[]) => Finding | Promise<Finding>;
}

export interface Finding {
  readonly wrong: string | undefined;
  /** How many messages were accepted by us, and by both: a run that accepts nothing proves nothing. */
  readonly accepted: number;
  readonly acceptedByBoth: number;
}

export interface RunResult {
  readonly cases: number;
  readonly accepted: number;
  readonly acceptedByBoth: number;
  /** The first failure: seed, case, bytes, and the same in short. */
  readonly failure: string | undefined;
}

/** Runs `cases` cases of that seed and stops at the first failure. */
export async function runDifferential(differential: Differential, seed: number, cases: number): Promise<RunResult> {
  let accepted = 0;
  let acceptedByBoth = 0;
  for (let index = 0; index < cases; index++) {
    const random = Random.ofCase(seed, index);
    const text = differential.generate(random);
    const reads = randomReads(random, octets(text));
    const finding = await differential.check(reads);
    accepted += finding.accepted;
    acceptedByBoth += finding.acceptedByBoth;
    if (finding.wrong !== undefined)
      return { cases: index + 1, accepted, acceptedByBoth, failure: await describe(differential, seed, index, reads, finding.wrong) };
    // Lets the runtime close what the cases so far have opened.
    if (index % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
  }
  return { cases, accepted, acceptedByBoth, failure: undefined };
}

async function describe(
  differential: Differential,
  seed: number,
  index: number,
  reads: readonly Uint8Array[],
  wrong: string,
): Promise<string> {
  const lines = [`FUZZ_SEED=${seed}, case ${index}: ${wrong}`, `reads: ${reads.map(quoted).join(" ")}`];
  const whole = Buffer.concat(reads);
  const mistakeIn = async (text: string): Promise<string | undefined> => (await differential.check([octets(text)])).wrong;
  if ((await mistakeIn(whole.toString("latin1"))) === undefined) {
    lines.push("In one read it is not wrong: it depends on how the bytes are cut.");
  } else {
    const small = await shrink(whole.toString("latin1"), async (text) => (await mistakeIn(text)) !== undefined);
    lines.push(`short: ${quoted(octets(small))}`, `       ${await mistakeIn(small)}`);
  }
  return lines.join("\n");
}

/** The seed of this run: FUZZ_SEED, or a fixed one, so that two runs of the same code are the same. */
export function fuzzSeed(): number {
  return Number(process.env["FUZZ_SEED"] ?? 20_260_101);
}

export function fuzzCases(standard: number): number {
  return Number(process.env["FUZZ_CASES"] ?? standard);
}
