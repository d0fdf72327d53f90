/** An edge in a process of its own. Its configuration comes as JSON in the first argument's file; it answers questions over IPC. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

import type { EdgeConfig } from "../../../src/config/edge-config.ts";
import { createEdge } from "../../../src/edge.ts";
import { createLog } from "../../../src/log/logger.ts";

export type Question = "status" | "stall" | "close" | { readonly renew: string };

const config = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as EdgeConfig;
const stalls = monitorEventLoopDelay({ resolution: 1 });
const edge = await createEdge(config, { log: createLog({ format: "json", buffer: 0 }) });
stalls.enable();
process.send?.({ ready: edge.addresses });
process.on("message", (question: Question) => void answer(question));
process.on("disconnect", () => process.exit(0));

async function answer(question: Question): Promise<void> {
  if (question === "status") return void process.send?.({ status: edge.certificates.status() });
  if (question === "stall") {
    // Milliseconds; since the last question.
    process.send?.({ stall: { max: stalls.max / 1e6, p99: stalls.percentile(99) / 1e6 } });
    return stalls.reset();
  }
  if (question === "close") {
    await edge.close({ grace: 0 });
    return void process.send?.({ closed: true }, () => process.disconnect());
  }
  const renewal = await edge.certificates.renew(question.renew, { force: true });
  process.send?.({ renewal });
}
