import { parseArgs } from "node:util";

import type { Pace } from "./cases/case.ts";
import { CASES } from "./cases/index.ts";
import { COMPETITORS } from "./servers/index.ts";

export interface BenchOptions {
  readonly pace: Pace;
  readonly cases: ReadonlySet<string>;
  readonly servers: ReadonlySet<string>;
  /** A missed target ends the run with 1. */
  readonly strict: boolean;
}

export const USAGE = `npm run bench -- [--quick] [--only case,…] [--servers name,…] [--rounds n] [--strict]
  --quick     short rounds, some cases for the edge alone: about five minutes (the full run takes about nine)
  --only      ${CASES.map(({ name }) => name).join(", ")}
  --servers   ${COMPETITORS.map(({ name }) => name).join(", ")}
  --rounds    rounds of each case that alternates; default 7, quick 4
  --strict    a missed target ends with 1 (default: only what could not be measured does)`;

/** @throws {Error} that names the flag and what it takes. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      servers: { type: "string" },
      rounds: { type: "string" },
      strict: { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const rounds = Number(values.rounds ?? (quick ? 4 : 7));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) throw new Error("--rounds takes a whole number from 1 to 100");
  return {
    pace: { quick, rounds, round: quick ? 700 : 900, warmUp: 2_000, idleWebSockets: 5_000 },
    cases: choose("--only", values.only, CASES),
    servers: choose("--servers", values.servers, COMPETITORS),
    strict: values.strict,
  };
}

function choose(flag: string, chosen: string | undefined, known: readonly { readonly name: string }[]): ReadonlySet<string> {
  const names = known.map(({ name }) => name);
  const wanted = chosen === undefined ? names : chosen.split(",").map((name) => name.trim());
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`${flag}: there is no ${unknown.join(", ")}; there are ${names.join(", ")}`);
  return new Set(wanted);
}
