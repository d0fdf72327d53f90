import { askEdge } from "../admin/client.ts";
import type { Verb } from "../admin/verb.ts";
import type { OptionReader } from "../config/option-reader.ts";
import type { OPTIONS } from "../config/options.ts";
import { stateLocation, type StateLocation } from "../config/state-directory.ts";
import type { Surroundings } from "../config/surroundings.ts";
import { placeName } from "../config/written.ts";
import { printProblems } from "./problems.ts";
import { wrap } from "./terminal.ts";

/** The exit code of a command that asks a running edge, where none runs: systemctl's own for that. */
export const NOT_RUNNING = 3;

/** The state directory that a command works on, and who said so. */
export function stateOf(options: OptionReader<{ readonly state: (typeof OPTIONS)["state"] }>, surroundings: Surroundings): StateLocation {
  const [written] = options.written("state");
  const path = options.one("state");
  return path === undefined || written === undefined ? stateLocation(surroundings) : { path, from: placeName(written.origin) };
}

/** Says which state directory is used; every command that writes there does. */
export function announceState({ path, from }: StateLocation): void {
  process.stderr.write(`State directory: ${path} (from ${from})\n`);
}

/** The edge's answer, or the exit code after what went wrong was printed. @param time milliseconds to wait for it; default 10,000 */
export async function ask<Request, Answer>(
  command: string,
  location: StateLocation,
  verb: Verb<Request, Answer>,
  request: Request,
  time?: number,
): Promise<{ readonly answer: Answer } | number> {
  return (await askIfRunning(command, location, verb, request, time)) ?? notRunning(location);
}

/** The same for whoever can do without: undefined where no edge runs. */
export async function askIfRunning<Request, Answer>(
  command: string,
  { path }: StateLocation,
  verb: Verb<Request, Answer>,
  request: Request,
  time?: number,
): Promise<{ readonly answer: Answer } | number | undefined> {
  const asked = await askEdge(path, verb, request, time);
  switch (asked.kind) {
    case "answered":
      return { answer: asked.answer };
    case "refused":
      printProblems(asked.problems, { command });
      return 1;
    case "unreachable":
      printProblems([asked.problem], { command });
      return 1;
    case "not-running":
      return undefined;
    default:
      return asked satisfies never;
  }
}

function notRunning({ path, from }: StateLocation): number {
  const lines = [
    `No edge runs on the state directory ${path} (from ${from}).`,
    "Start one with openclaw-edge serve, or name the directory of the one that runs with --state DIR.",
  ];
  process.stderr.write(`${lines.flatMap((line) => wrap(line, "")).join("\n")}\n`);
  return NOT_RUNNING;
}
