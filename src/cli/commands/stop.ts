import { OPTIONS } from "../../config/options.ts";
import { toggle } from "../../config/option.ts";
import { command } from "../command.ts";

export const STOP = command({
  name: "stop",
  summary: "stop the running edge, and wait until it has ended",
  details: "Requests may finish, and WebSockets are told, within --drain-timeout of the edge. A service manager may start it again.",
  options: {
    now: toggle({ flag: "now", help: "cut everything at once", reason: "For emergencies" }),
    state: OPTIONS.state,
  },
  reads: [OPTIONS.state],
  examples: [
    { line: "openclaw-edge stop", does: "let requests finish" },
    { line: "openclaw-edge stop --now", does: "cut everything" },
  ],
  run: async (call) => (await import("../stop.ts")).stop(call),
});
