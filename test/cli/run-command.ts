import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const BIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once the text has been printed, and rejects if the process ends without it. */
  readonly printed: (text: string) => Promise<void>;
  readonly finished: Promise<Finished>;
}

/** The command as a process of its own, its output through pipes. */
export function start(
  args: readonly string[],
  {
    nodeFlags = [],
    node = process.execPath,
    bin = BIN,
    environment = {},
  }: {
    readonly nodeFlags?: readonly string[];
    readonly node?: string;
    readonly bin?: string;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Running {
  const child = spawn(node, [...nodeFlags, bin, ...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  child.once("error", reject);
  child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  const printed = async (text: string): Promise<void> => {
    let ended: Finished | undefined;
    void promise.then((finished) => (ended = finished));
    while (!stdout.includes(text)) {
      if (ended !== undefined) throw new Error(`It ended with ${ended.code} without printing "${text}":\n${stdout}${stderr}`);
      await sleep(20);
    }
  };
  return { child, stdout: () => stdout, stderr: () => stderr, printed, finished: promise };
}

export const run = (args: readonly string[], options?: Parameters<typeof start>[1]): Promise<Finished> => start(args, options).finished;

export interface CommandProcess {
  /** The same as `run`, but for signals. One at a time. */
  readonly run: (args: readonly string[]) => Promise<Omit<Finished, "signal">>;
  readonly close: () => void;
}

/** A process that runs many commands, one after the other: starting Node is most of what a command costs. */
export function commandProcess(): CommandProcess {
  const child = fork(fileURLToPath(new URL("command-process.ts", import.meta.url)), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(args) {
      const turn = last.then(async () => {
        const answer = once(child, "message");
        child.send(args);
        return ((await answer) as [Omit<Finished, "signal">])[0];
      });
      last = turn.catch(() => {});
      return turn;
    },
    close: () => void child.kill("SIGKILL"),
  };
}
