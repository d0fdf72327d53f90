import type { Certificates } from "./certificates/manager.ts";
import type { Log } from "./log/log.ts";
import { ClockJumps } from "./state/clock-jumps.ts";

/** Milliseconds between two looks. */
const EVERY = 10_000;
/** Milliseconds. What a time service corrects is less. */
const WORTH_TELLING = 60_000;

/**
 * Tells the operator when the wall clock has jumped, and looks at the certificates anew: one that was made by a wrong clock is of no use by
 * a right one.
 *
 * @returns what ends this
 */
export function followClock(
  log: Log,
  certificates: Pick<Certificates, "reload">,
  { jumps = new ClockJumps(), every = EVERY }: { readonly jumps?: Pick<ClockJumps, "look">; readonly every?: number } = {},
): () => void {
  const timer = setInterval(() => {
    const jump = jumps.look();
    if (Math.abs(jump) < WORTH_TELLING) return;
    const seconds = Math.round(Math.abs(jump) / 1_000);
    if (jump > 0) log.info("The clock is further on than time has passed: it was set, or this machine was asleep.", { seconds });
    else log.warn("The clock was set back. Sessions stay as old as they are; passes and certificates go by the new time.", { seconds });
    void certificates.reload();
  }, every).unref();
  return () => clearInterval(timer);
}
