import { constants } from "node:os";

import { RELOAD, STOP } from "../admin/control.ts";
import type { Edge } from "../edge.ts";
import type { Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";

/**
 * Milliseconds within which the same signal is the same wish. A terminal sends Ctrl+C to all of its programs and a service manager SIGTERM
 * to all of its processes; npm and npx, which are among them, pass theirs on as well.
 */
const ECHO = 200;

export interface RunOptions {
  readonly log: Log;
  /** Milliseconds that exchanges and WebSockets get to end. */
  readonly drain: () => number;
  /** Reads everything again; what was wrong. Default: the edge's own, users and certificates. */
  readonly reload?: () => Promise<readonly Problem[]>;
  /** Whether a reload was asked for before. Default false. */
  readonly isAsked?: boolean;
}

/**
 * Lives as long as the edge does. SIGTERM and SIGINT drain, a second one (not the echo of the first) stops at once, SIGHUP reloads; the
 * admin socket's verbs do the same.
 * Resolves with the process's exit code.
 */
export async function runUntilStopped(
  edge: Edge,
  { log, drain, reload = () => edge.reload(), isAsked = false }: RunOptions,
): Promise<number> {
  const ended = Promise.withResolvers<number>();
  let stopping: AbortController | undefined;

  const stop = (by: string, grace: number): void => {
    stopping = new AbortController();
    log.info("Stopping: requests and WebSockets may end.", { signal: by, seconds: grace / 1_000 });
    edge.close({ grace, signal: stopping.signal }).then(
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
  let first: { readonly signal: string; readonly at: number } | undefined;
  const stopBySignal = (signal: "SIGTERM" | "SIGINT"): void => {
    if (stopping === undefined) {
      first = { signal, at: performance.now() };
      return stop(signal, drain());
    }
    if (first?.signal === signal && performance.now() - first.at < ECHO) return;
    stopping.abort();
    log.warn("Stopped at once by a second signal.", { signal });
    ended.resolve(128 + constants.signals[signal]);
  };
  edge.admin.serve(STOP, ({ now }) => {
    // When the answer is on its way.
    setImmediate(() => {
      if (stopping === undefined) stop("openclaw-edge stop", now ? 0 : drain());
      else if (now) stopping.abort();
    });
    return { pid: process.pid, grace: now ? 0 : drain() };
  });

  let last: Promise<readonly Problem[]> = Promise.resolve([]);
  /** One after the other: the last one that was asked for has the last word. */
  const reloadInTurn = (): Promise<readonly Problem[]> =>
    (last = last.then(async () => {
      const problems = await reloaded(reload, log);
      edge.notices.set("reload", problems);
      return problems;
    }));
  edge.admin.serve(RELOAD, async () => ({ problems: await reloadInTurn() }));

  const signals = [
    ["SIGTERM", stopBySignal],
    ["SIGINT", stopBySignal],
    ["SIGHUP", () => void reloadInTurn()],
  ] as const;
  for (const [signal, react] of signals) process.on(signal, react);
  if (isAsked) void reloadInTurn();
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

async function reloaded(reload: () => Promise<readonly Problem[]>, log: Log): Promise<readonly Problem[]> {
  try {
    const problems = await reload();
    for (const { where, what, mend } of problems) log.warn(`Reloading: ${where}: ${what} ${mend}`);
    log.info(problems.length === 0 ? "Reloaded." : "Reloaded what could be; the rest stays as it was.");
    return problems;
  } catch (error) {
    log.error("Reloading failed; everything stays as it was.", { error });
    return [{ where: "openclaw-edge reload", what: "It failed; everything stays as it was.", mend: "The edge's log says why." }];
  }
}
