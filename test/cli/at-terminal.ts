import { spawn } from "node:child_process";

import { onTestFinished } from "vitest";

import { eventually } from "../support/eventually.ts";

/**
 * What somebody at a terminal sees: a shell's command line under script(1), which gives it a terminal of its own.
 *
 * @param dialogue what is waited for, each behind the one before, and what is typed then
 */
export async function atTerminal(command: string, dialogue: readonly (readonly [waitFor: string, type: string])[]): Promise<string> {
  const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: "pipe", env: { ...process.env, TERM: "dumb", NO_COLOR: "1" } });
  const ended = new Promise((resolve) => child.once("close", resolve));
  onTestFinished(() => void child.kill("SIGKILL"));
  let seen = "";
  child.stdout.on("data", (octets: Buffer) => (seen += octets.toString()));
  let from = 0;
  for (const [waitFor, type] of dialogue) {
    await eventually(
      () => seen.includes(waitFor, from),
      10_000,
      () => `waits for ${JSON.stringify(waitFor)} in ${JSON.stringify(seen)}`,
    );
    from = seen.indexOf(waitFor, from) + waitFor.length;
    child.stdin.write(type);
  }
  await ended;
  return seen;
}
