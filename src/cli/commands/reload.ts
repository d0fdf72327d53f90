import { OPTIONS } from "../../config/options.ts";
import { command } from "../command.ts";

export const RELOAD = command({
  name: "reload",
  summary: "let the running edge read users, certificates and its configuration again",
  details:
    "Nobody is cut who need not be. What is wrong is said, and what was good before stays in force; the exit code is then 1. SIGHUP does the same.",
  options: { state: OPTIONS.state },
  reads: [OPTIONS.state],
  examples: [{ line: "openclaw-edge reload", does: "after an edit of the configuration file" }],
  run: async (call) => (await import("../reload.ts")).reload(call),
});
