import { constants } from "node:os";

import type { Edge } from "../edge.ts";
import type { Log } from "../log/log.ts";

export interface RunOptions {
  readonly log: Log;
  /** Milliseconds that exchanges and WebSockets get to end. */
  readonly drain: number;
}

/**
 * Lives as long as the edge does. SIGTERM and SIGINT drain, a second one stops at once, SIGHUP reloads.
 * Resolves with the process's exit code.
 */
export async function runUntilStopped(edge: Edge, { log, drain }: RunOptions): Promise<number> {
  const ended = Promise.withResolvers<number>();
  let stopping: AbortController | undefined;

  const stop = (signal: "SIGTERM" | "SIGINT"): void => {
    if (stopping !== undefined) {
      stopping.abort();
      log.warn("Stopped at once by a second signal.", { signal });
      ended.resolve(128 + constants.signals[signal]);
      return;
    }
    stopping = new AbortController();
    log.info("Stopping: requests and WebSockets may end.", { signal, seconds: drain / 1_000 });
    edge.close({ grace: drain, signal: stopping.signal }).then(
      () => {
        log.info("Stopped.");
        ended.resolve(0);
      },
      (error: unknown) => {
        log.error("Stopping failed.", { error });
        ended.resolve(1);
      },
    );
  };
  const reload = (): void => void reloaded(edge, log);
  const signals = [
    ["SIGTERM", stop],
    ["SIGINT", stop],
    ["SIGHUP", reload],
  ] as const;
  for (const [signal, react] of signals) process.on(signal, react);
  try {
    return await ended.promise;
  } finally {
    for (const [signal, react] of signals) process.off(signal, react);
    log.flush();
  }
}

/** A process whose state nobody knows must not serve: the last words go into the log, and the service manager starts a new one. */
export function dieLoudly(log: Log): void {
  process.on("uncaughtException", (error, origin) => {
    log.error("A failure that nothing caught; the process ends.", { error, origin });
    log.flush();
    process.exit(1);
  });
}

async function reloaded(edge: Edge, log: Log): Promise<void> {
  try {
    const problems = await edge.reload();
    for (const { where, what, mend } of problems) log.warn(`Reloading: ${where}: ${what} ${mend}`);
    log.info(problems.length === 0 ? "Reloaded." : "Reloaded what could be; the rest stays as it was.");
  } catch (error) {
    log.error("Reloading failed; everything stays as it was.", { error });
  }
}
