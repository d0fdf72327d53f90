import { decodeOptions } from "../../config/decode.ts";
import { OPTIONS } from "../../config/options.ts";
import type { Problem } from "../../errors.ts";
import { command } from "../command.ts";
import { atTheirPlaces } from "../file-problems.ts";

export const SERVE = command({
  name: "serve",
  summary: "serve the Gateway (what openclaw-edge does without a command)",
  usage: "openclaw-edge [serve] --domain NAME [options]",
  details:
    'Every option may also be written in the environment (--https-port as OPENCLAW_EDGE_HTTPS_PORT) and in the configuration file ("https-port"). The command line wins, then the environment.',
  options: OPTIONS,
  examples: [
    { line: "openclaw-edge --domain ai.example.com", does: "with a certificate that it obtains by itself" },
    {
      line: "openclaw-edge --domain ai.example.com \\\n    --cert fullchain.pem --key privkey.pem",
      does: "with one of your own",
    },
    {
      line: "openclaw-edge --domain gateway.lan --domain 192.168.1.20",
      does: "in a private network, with certificates of a local CA",
    },
  ],
  check: async ({ options, surroundings }) => {
    const decoding = decodeOptions(options, surroundings);
    const inTheWay = await accountProblems(options.one("runAs"));
    if ("settings" in decoding && inTheWay.length === 0) return [];
    const { problemsOfFiles } = await import("../../edge-files.ts");
    const files = "settings" in decoding ? { ...decoding.settings.edge, htpasswd: options.one("htpasswd") } : decoding.files;
    return [...inTheWay, ...atTheirPlaces(await problemsOfFiles(files), options)];
  },
  run: async (call) => (await import("../serve.ts")).serve(call),
});

async function accountProblems(runAs: string | undefined): Promise<readonly Problem[]> {
  if (runAs === undefined) return [];
  const { demotionTo, isProblem } = await import("../demotion.ts");
  const demotion = demotionTo(runAs);
  return demotion !== undefined && isProblem(demotion) ? [demotion] : [];
}
