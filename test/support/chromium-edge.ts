import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));

/** The command line as a process of its own. */
export interface CommandProcess extends AsyncDisposable {
  /** Everything that it has written until now. */
  readonly output: () => string;
}

/** Runs `openclaw-edge` with these arguments and waits, for 20 s at most, until its output matches. */
export async function startCommand(args: readonly string[], ready: RegExp): Promise<CommandProcess> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  let output = "";
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new Error(`openclaw-edge ${args.join(" ")} did not become ready. It said:\n${output}`));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail();
    }, 20_000);
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      then();
    };
    child.once("exit", () => settle(fail)).once("error", (error) => settle(() => reject(error)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        output += data.toString();
        if (ready.test(output)) settle(resolve);
      });
    }
  });
  return {
    output: () => output,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await exited;
      clearTimeout(force);
    },
  };
}
