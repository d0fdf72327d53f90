/** The thread that compares passwords: one after the other, behind everything else that the machine has to do. */
import { readlinkSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { basename } from "node:path";
import { parentPort } from "node:worker_threads";

import { isPassword } from "./bcrypt.ts";

export interface Comparison {
  readonly password: string;
  readonly hash: string;
}

/**
 * Measured on one saturated core: at 0 a flood of wrong passwords halves the legitimate throughput, at 19 a sign-in takes 25 s;
 * at 10 the throughput stays and a sign-in takes 3.5 s.
 */
const NICE = 10;

// Under vitest or a bundler this module may be loaded for its types alone: without a port there is nothing to do.
if (parentPort !== null) {
  const port = parentPort;
  lowerPriority();
  port.on("message", ({ password, hash }: Comparison) => port.postMessage(isPassword(password, hash)));
}

/** Linux gives each thread a priority of its own and names the calling one here; elsewhere the whole process would be slowed. */
function lowerPriority(): void {
  try {
    const thread = Number(basename(readlinkSync("/proc/thread-self")));
    setPriority(thread, Math.max(NICE, getPriority(thread)));
  } catch {
    // No Linux, or no /proc: checks then compete with everything else, and stay correct.
  }
}
