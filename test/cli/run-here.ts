import { vi } from "vitest";

import { main } from "../../src/cli/main.ts";
import type { Finished } from "./run-command.ts";

/** The command in this process, which is a tenth of the work of one of its own; nothing comes through its standard input. */
export async function runHere(argv: readonly string[]): Promise<Finished> {
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0); // main() is meant to be called once
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      printed[stream] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main(argv), signal: null, ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
