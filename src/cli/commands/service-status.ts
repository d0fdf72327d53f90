import { optionGroup, toggle } from "../../config/option.ts";
import { command } from "../command.ts";
import { SERVICE_OPTIONS } from "../service/options.ts";
import { undertake } from "../undertake.ts";

export const SERVICE_STATUS = command({
  name: "service status",
  summary: "whether the systemd service is installed and active",
  details: "Exit code 0: installed and active; 1: it is not.",
  options: { ...SERVICE_OPTIONS, ...optionGroup("Output", { json: toggle({ flag: "json", help: "print JSON", reason: "For scripts" }) }) },
  examples: [{ line: "openclaw-edge service status", does: "version and units" }],
  run: ({ options }) =>
    undertake("service status", async () => {
      const { showServiceStatus } = await import("../service/status.ts");
      return showServiceStatus(options.required("ownUser"), options.one("root"), options.required("json"));
    }),
});
