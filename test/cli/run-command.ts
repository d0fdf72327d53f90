import { spawn, type ChildProcess } from "node:child_process";
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
  return { child, stdout: () => stdout, printed, finished: promise };
}

export const run = (args: readonly string[], options?: Parameters<typeof start>[1]): Promise<Finished> => start(args, options).finished;
