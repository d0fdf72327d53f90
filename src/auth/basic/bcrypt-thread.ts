/** One worker thread that compares passwords: started by the first comparison, started again after a crash. */
import { extname } from "node:path";
import type { Worker } from "node:worker_threads";

import type { Log } from "../../log/log.ts";
import type { Comparison } from "./bcrypt-worker.ts";

export interface BcryptThread {
  /** One at a time: the caller awaits each before the next. Throws when the thread fails. */
  compare(comparison: Comparison): Promise<boolean>;
  close(): Promise<void>;
}

// Not rewritten by the compiler, as an import would be: the ending is this file's own, .ts in a checkout and .js in the package.
const SCRIPT = new URL(`./bcrypt-worker${extname(import.meta.url)}`, import.meta.url);

export function createBcryptThread(log?: Log): BcryptThread {
  let worker: Worker | undefined;
  let current: PromiseWithResolvers<boolean> | undefined;
  let closed = false;

  function start(): Worker {
    // Taken now and not at the start: an edge that nobody has signed in to yet saves 2 MB.
    const threads = process.getBuiltinModule("node:worker_threads");
    // Without this process's own flags: what is loaded beside the edge has no business where passwords are.
    const started = new threads.Worker(SCRIPT, { execArgv: [], name: "passwords" });
    let cause: unknown;
    started.on("message", (match: boolean) => current?.resolve(match));
    started.on("error", (error) => {
      cause = error;
    });
    started.on("exit", (code) => {
      if (worker === started) worker = undefined;
      if (!closed) log?.error("The thread that checks passwords ended; the next check starts another.", { code, cause: describe(cause) });
      current?.reject(new Error(`The password thread ended with code ${code}.`, { cause }));
    });
    started.unref(); // last: a listener for messages would hold the process again
    return started;
  }

  return {
    async compare(comparison) {
      if (closed) throw new Error("The password thread is closed.");
      current = Promise.withResolvers();
      try {
        worker ??= start();
        worker.postMessage(comparison);
        return await current.promise;
      } finally {
        current = undefined;
      }
    },

    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}

/** The kind of failure only: a message could quote what the thread was given. */
function describe(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  return "code" in cause ? `${cause.name} ${String(cause.code)}` : cause.name;
}
