import { decodeOptions } from "../../config/decode.ts";
import { OPTIONS } from "../../config/options.ts";
import { command } from "../command.ts";

export const SERVE = command({
  name: "serve",
  summary: "serve the Gateway (what openclaw-edge does without a command)",
  usage: "openclaw-edge [serve] --domain NAME [options]",
  options: OPTIONS,
  examples: [
    {
      line: "openclaw-edge --domain ai.example.com \\\n    --cert fullchain.pem --key privkey.pem",
      does: "in front of the Gateway on this machine",
    },
    {
      line: "openclaw-edge --domain gateway.lan --domain 192.168.1.20",
      does: "in a private network, with certificates of a local CA",
    },
  ],
  check: async ({ options, surroundings }) => {
    const decoding = decodeOptions(options, surroundings);
    if (!("problems" in decoding)) return [];
    const { problemsOfFiles } = await import("../../edge-files.ts");
    return problemsOfFiles(decoding.files);
  },
  run: async (call) => (await import("../serve.ts")).serve(call),
});
