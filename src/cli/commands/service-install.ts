import { OPTIONS } from "../../config/options.ts";
import { command } from "../command.ts";
import { CONSENT_OPTIONS, SERVICE_OPTIONS } from "../service/options.ts";
import { undertakeService } from "../service/undertake-service.ts";

export const SERVICE_INSTALL = command({
  name: "service install",
  summary: "install as a systemd service that starts with the machine, and upgrade it",
  details:
    "Copies this version to /opt/openclaw-edge, makes the account openclaw-edge, writes the configuration from the options given here, and starts the service. systemd keeps the ports open while it is restarted, so that an upgrade refuses nobody: run the same command from the newer version, without options.",
  usage: "openclaw-edge service install --domain NAME [options]",
  options: { ...SERVICE_OPTIONS, ...CONSENT_OPTIONS, ...OPTIONS },
  examples: [
    { line: "sudo npx openclaw-edge service install --domain ai.example.com", does: "on a server" },
    { line: "sudo npx openclaw-edge@latest service install --yes", does: "upgrade, with the configuration as it is" },
    {
      line: "openclaw-edge service install --user-service --domain gateway.lan \\\n    --https-port 8443 --http-port off",
      does: "without root",
    },
  ],
  run: ({ options, flags, surroundings, version }) =>
    undertakeService("service install", async () => {
      const { installService } = await import("../service/install.ts");
      return installService({
        options,
        flags,
        ownUser: options.required("ownUser"),
        root: options.one("root"),
        consent: { yes: options.required("yes"), dryRun: options.required("dryRun") },
        surroundings,
        version,
      });
    }),
});
