import { OPTIONS } from "../../config/options.ts";
import { toggle } from "../../config/option.ts";
import { command } from "../command.ts";

export const STATUS = command({
  name: "status",
  summary: "what the running edge does: certificates, users, connections, the Gateway",
  details: "Exits with 3 where no edge runs, and with 1 where the Gateway is down.",
  options: {
    json: toggle({ flag: "json", help: "print one object in JSON", reason: "For scripts" }),
    watch: toggle({ flag: "watch", help: "go on, every two seconds, until Ctrl+C", reason: "To look on while something changes" }),
    state: OPTIONS.state,
  },
  reads: [OPTIONS.state],
  examples: [
    { line: "openclaw-edge status", does: "once" },
    { line: "openclaw-edge status --watch", does: "over and over" },
    { line: "openclaw-edge status --json | jq .gateway.state", does: "for a script" },
  ],
  run: async (call) => (await import("../status.ts")).status(call),
});
