import { CommandFailed } from "../../service/command-failed.ts";
import { paint, wrap } from "../terminal.ts";
import { undertake } from "../undertake.ts";

/** As `undertake`, where programs of the system's are run: one that failed is named with what it said. */
export function undertakeService(name: string, work: () => Promise<number>): Promise<number> {
  return undertake(name, async () => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      const lines = [
        `${paint(process.stderr, "red", `openclaw-edge ${name} stopped half-way:`)} a command failed`,
        "",
        `  ${error.command.join(" ")}`,
        ...(error.said === "" ? [] : wrap(error.said, "    ")),
        `  ${paint(process.stderr, "green", "→")} Mend that, and run the same command again: what is done is not done twice.`,
      ];
      process.stderr.write(`${lines.join("\n")}\n`);
      return 1;
    }
  });
}
