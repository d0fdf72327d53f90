import { optionGroup, toggle } from "../../config/option.ts";
import { command } from "../command.ts";
import { CONSENT_OPTIONS, SERVICE_OPTIONS } from "../service/options.ts";
import { undertakeService } from "../service/undertake-service.ts";

export const SERVICE_UNINSTALL = command({
  name: "service uninstall",
  summary: "stop the systemd service and take away what was installed",
  options: {
    ...SERVICE_OPTIONS,
    ...CONSENT_OPTIONS,
    ...optionGroup("Service", {
      purge: toggle({
        flag: "purge",
        help: "the configuration and the state too: users, keys, certificates",
        reason: "They are gone then",
      }),
    }),
  },
  examples: [
    { line: "sudo openclaw-edge service uninstall", does: "the configuration and the state stay" },
    { line: "sudo openclaw-edge service uninstall --dry-run", does: "only say what would go" },
  ],
  run: ({ options, surroundings }) =>
    undertakeService("service uninstall", async () => {
      const { uninstallService } = await import("../service/uninstall.ts");
      return uninstallService({
        ownUser: options.required("ownUser"),
        root: options.one("root"),
        purge: options.required("purge"),
        consent: { yes: options.required("yes"), dryRun: options.required("dryRun") },
        surroundings,
      });
    }),
});
