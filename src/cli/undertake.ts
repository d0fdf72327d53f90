import { constants } from "node:os";

import { ConfigurationError } from "../errors.ts";
import { Interrupted } from "./interrupted.ts";
import { printProblems } from "./problems.ts";
import { startFailure } from "./start-failure.ts";

/** Does what a command is for, and turns what is in the way into words and an exit code. */
export async function undertake(name: string, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigurationError) return printProblems(error.problems, { command: name });
    if (error instanceof Interrupted) return 128 + constants.signals.SIGINT;
    if (error instanceof Error && error.name === "TimeoutError") {
      const what = "Somebody else has held it for half a minute.";
      printProblems([{ where: "the lock beside the file", what, mend: "Look for another openclaw-edge command that hangs, and end it." }], {
        command: name,
      });
      return 1;
    }
    const problem = startFailure(error);
    if (problem === undefined) throw error;
    printProblems([problem], { command: name });
    return 1;
  }
}
