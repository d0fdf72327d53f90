/** Finds and starts the servers that Debian brings. */
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { listening } from "../../test/support/ports.ts";
import { lastWords, startProcess, stopProcess, type ProcessOptions } from "../process.ts";
import type { RunningServer, ServerContext } from "./server.ts";

/** The path of a binary in PATH or where Debian keeps those of the administrator. */
export async function findBinary(name: string): Promise<string | undefined> {
  for (const directory of [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"]) {
    const path = join(directory, name);
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}

/** Why a server of Debian's cannot run here. */
export async function missingBinary(name: string, packageName = name): Promise<string | undefined> {
  return (await findBinary(name)) === undefined ? `there is no ${name} here: apt-get install ${packageName}` : undefined;
}

/** Starts a server in its directory and waits until it listens. What it says goes to `stdout.log` and `stderr.log` there. */
export async function startServer(
  context: ServerContext,
  options: Pick<ProcessOptions, "command" | "args" | "env">,
): Promise<RunningServer> {
  const stderr = join(context.directory, "stderr.log");
  const child = startProcess({
    ...options,
    cwd: context.directory,
    stdout: join(context.directory, "stdout.log"),
    stderr,
    core: context.core,
  });
  try {
    await listening(child, context.port, () => lastWords(stderr));
  } catch (error) {
    await stopProcess(child);
    throw error;
  }
  return { pid: child.pid ?? 0, port: context.port, stop: () => stopProcess(child) };
}

/** Starts a binary of Debian's. */
export async function startBinary(context: ServerContext, name: string, options: Omit<ProcessOptions, "command">): Promise<RunningServer> {
  return startServer(context, { ...options, command: (await findBinary(name)) ?? name });
}
