import { fork } from "node:child_process";
import { setPriority } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

import type { Challenge } from "../acme/contract.ts";
import { NO_DEBUGGER } from "../no-debugger.ts";
import type { Errand, FromErrand, ToErrand } from "./errand.ts";

// Not rewritten by the compiler, as an import would be: the ending is this file's own, .ts in a checkout and .js in the package.
const SCRIPT = fileURLToPath(new URL(`./errand-child${extname(import.meta.url)}`, import.meta.url));

/** What the child may know of the environment: how to reach the network, and nothing of the edge's secrets. */
const ENVIRONMENT =
  /^(?:PATH|TZ|LANG|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|NODE_USE_SYSTEM_CA|NODE_USE_ENV_PROXY|(?:https?|no)_proxy)$/i;

export interface ErrandOptions {
  readonly signal: AbortSignal;
  /** Milliseconds; the child is killed then. */
  readonly timeout: number;
  readonly present?: (challenge: Challenge) => Promise<void>;
}

/**
 * Sends a process out and waits for what it brings back; undefined: it was killed, crashed or took too long. It leaves nothing of what it
 * needed (fetch, a resolver, certificates) in this process's memory.
 *
 * @throws the signal's reason when it aborts
 */
export async function runErrand(errand: Errand, { signal, timeout, present }: ErrandOptions): Promise<FromErrand | undefined> {
  signal.throwIfAborted();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name)));
  const child = fork(SCRIPT, { execArgv: [...NO_DEBUGGER], env, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  try {
    if (child.pid !== undefined) setPriority(child.pid, 10);
  } catch {
    // It has ended already, or the system knows no priorities.
  }
  const kill = (): void => void child.kill("SIGKILL");
  const timer = setTimeout(kill, timeout);
  signal.addEventListener("abort", kill, { once: true });
  let result: FromErrand | undefined;
  const send = (message: ToErrand): void => {
    if (child.connected) child.send(message, () => {});
  };
  child.on("message", (message: FromErrand) => {
    if (message.kind !== "present") result ??= message;
    else if (present !== undefined) present(message.challenge).then(() => send({ kind: "presented" }), kill);
  });
  child.on("error", () => {}); // told by its close
  send(errand);
  await new Promise((resolve) => child.once("close", resolve).once("error", () => child.pid === undefined && resolve(undefined)));
  clearTimeout(timer);
  signal.removeEventListener("abort", kill);
  signal.throwIfAborted();
  return result;
}
