/** Loaded into the edge's process by `--import`: tells, when asked, what can't be seen from outside. It changes nothing that the edge does. */
import { monitorEventLoopDelay } from "node:perf_hooks";

/** What the process says of itself, after a garbage collection. */
export interface Insight {
  /** Octets that are alive on the JavaScript heap, and in buffers. */
  readonly heap: number;
  readonly external: number;
  /** Milliseconds: the longest that the event loop was held since the last question. */
  readonly blocked: number;
}

const RESOLUTION = 10;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();

process.on("message", (message: unknown) => {
  if (message !== "insight") return;
  const blocked = Math.max(0, delay.max / 1e6 - RESOLUTION);
  // Twice: what a finaliser releases is collected the second time.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const insight: Insight = { heap: heapUsed, external, blocked };
  process.send?.(insight);
  delay.reset();
});
// The channel holds no process alive: the edge must end by itself.
process.channel?.unref();
