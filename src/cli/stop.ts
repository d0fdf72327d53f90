import { setTimeout as sleep } from "node:timers/promises";

import { askEdge } from "../admin/client.ts";
import { HOLDER } from "../admin/contract.ts";
import { STOP } from "../admin/control.ts";
import type { Option } from "../config/option.ts";
import type { OPTIONS } from "../config/options.ts";
import { ask, stateOf } from "./ask-edge.ts";
import type { Call } from "./command.ts";
import { printProblems } from "./problems.ts";
import { span } from "./quantities.ts";

type Options = { readonly now: Option<boolean>; readonly state: (typeof OPTIONS)["state"] };

/** Milliseconds beyond the edge's own time to stop after which this command does not wait any longer. */
const SLACK = 5_000;

/** `openclaw-edge stop`. */
export async function stop({ options, surroundings }: Call<Options>): Promise<number> {
  const location = stateOf(options, surroundings);
  const now = options.required("now");
  const outcome = await ask("stop", location, STOP, { now });
  if (typeof outcome === "number") return outcome;
  const { pid, grace } = outcome.answer;
  process.stdout.write(
    now ? `Stopping process ${pid} at once.\n` : `Stopping process ${pid}; requests and WebSockets have ${span(grace / 1_000)} to end.\n`,
  );
  const deadline = performance.now() + grace + SLACK;
  while (performance.now() < deadline) {
    await sleep(50);
    const asked = await askEdge(location.path, HOLDER, {}, 1_000);
    // Whoever answers under another number was started in its place.
    if (asked.kind === "not-running" || (asked.kind === "answered" && asked.answer.pid !== pid)) {
      process.stdout.write("Stopped.\n");
      return 0;
    }
  }
  printProblems([{ where: `process ${pid}`, what: "It still runs.", mend: `Look at its log; as a last resort: kill -9 ${pid}` }], {
    command: "stop",
  });
  return 1;
}
