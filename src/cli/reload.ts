import { RELOAD } from "../admin/control.ts";
import type { OPTIONS } from "../config/options.ts";
import { ask, stateOf } from "./ask-edge.ts";
import type { Call } from "./command.ts";
import { problemText } from "./problems.ts";

/** Milliseconds: a certificate that is half renewed is looked at again, and a users file may have 100,000 lines. */
const PATIENCE = 120_000;

/** `openclaw-edge reload`. */
export async function reload({ options, surroundings }: Call<Pick<typeof OPTIONS, "state">>): Promise<number> {
  const outcome = await ask("reload", stateOf(options, surroundings), RELOAD, {}, PATIENCE);
  if (typeof outcome === "number") return outcome;
  const { problems } = outcome.answer;
  if (problems.length === 0) {
    process.stdout.write("Reloaded: users, certificates and the configuration are as they are on disk.\n");
    return 0;
  }
  process.stderr.write(problemText("The edge goes on with what was good before, and has taken up the rest:", problems));
  return 1;
}
