/** Child processes of the bench: none outlives it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where stdout goes: a file, as under a service manager. Default: nowhere. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** The one core it may run on. Default: all. */
  readonly core?: number | undefined;
  /** Opens a channel for messages, and lets it speak on our own stdout and stderr. Default false. */
  readonly ipc?: boolean;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

export function startProcess(options: ProcessOptions): ChildProcess {
  const { command, args, core } = options;
  const [out, err] = [options.stdout, options.stderr].map((file) => (file === undefined ? undefined : openSync(file, "a")));
  // taskset executes the command in its own place, so the pid is the command's.
  const child = spawn(core === undefined ? command : "taskset", core === undefined ? args : ["-c", String(core), command, ...args], {
    stdio: options.ipc ? ["ignore", "inherit", "inherit", "ipc"] : ["ignore", out ?? "ignore", err ?? "ignore"],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  for (const descriptor of [out, err]) if (descriptor !== undefined) closeSync(descriptor);
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** SIGTERM, and SIGKILL to whoever has not gone after 3 s. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await gone;
  clearTimeout(timer);
}

/** The last words of a log, without the stacks. */
export function lastWords(file: string): string {
  try {
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return lines
      .filter((line) => line.trim() !== "" && !line.startsWith("    at "))
      .slice(-6)
      .join(" / ");
  } catch {
    return "";
  }
}
