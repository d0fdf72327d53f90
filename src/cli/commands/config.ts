import { decodeOptions } from "../../config/decode.ts";
import { toggle } from "../../config/option.ts";
import { OPTIONS } from "../../config/options.ts";
import { usersPath } from "../../config/state-directory.ts";
import { command } from "../command.ts";
import { atTheirPlaces } from "../file-problems.ts";

const JSON_OUTPUT = toggle({ flag: "json", help: "print JSON", reason: "For programs" });

export const CONFIG_CHECK = command({
  name: "config check",
  summary: "check the configuration and the files that it names, and start nothing",
  details: "It takes the options of serve, and says all that is wrong at once: exit code 0 if nothing is, 2 otherwise.",
  refusal: "The configuration is not right:",
  options: OPTIONS,
  examples: [
    { line: "openclaw-edge config check", does: "check the usual file" },
    { line: "openclaw-edge config check --config new.json5 && mv new.json5 edge.json5", does: "put a file to use once it is right" },
  ],
  check: async ({ options, surroundings }) => {
    const decoding = decodeOptions(options, surroundings);
    const [{ problemsOfFiles }, { isUnused }] = await Promise.all([import("../../edge-files.ts"), import("../../auth/first-user.ts")]);
    if ("problems" in decoding) return atTheirPlaces(await problemsOfFiles(decoding.files), options);
    const { domains, htpasswd, tls, state } = decoding.settings.edge;
    // The first start makes the state directory's own users file.
    const isMade = htpasswd === usersPath(state) && (await isUnused(state, htpasswd));
    return atTheirPlaces(await problemsOfFiles({ domains, htpasswd: isMade ? undefined : htpasswd, tls }), options);
  },
  run: async (call) => (await import("../config-check.ts")).configCheck(call),
});

export const CONFIG_SHOW = command({
  name: "config show",
  summary: "print every option that is in force, and where it was written",
  details: "Secrets are left out. What is wrong is told behind it, with exit code 2.",
  options: { ...OPTIONS, json: JSON_OUTPUT },
  evenIfWrong: true,
  examples: [
    { line: "openclaw-edge config show", does: "what the edge would run with" },
    { line: "openclaw-edge config show --json | jq '.options[\"https-port\"]'", does: "one option, for a program" },
  ],
  run: async (call) => (await import("../config-show.ts")).configShow(call),
});

export const CONFIG_INIT = command({
  name: "config init",
  summary: "write a commented configuration file; never overwrites one",
  details:
    "Options on its command line are written into the file, all others stand in it as comments with their defaults. Without FILE it goes where the edge looks for it.",
  arguments: [{ name: "FILE", help: "the file to make, or - to print it", optional: true }],
  options: OPTIONS,
  evenIfWrong: true,
  examples: [
    { line: "openclaw-edge config init --domain ai.example.com", does: "the usual file, with a name in it" },
    { line: "openclaw-edge config init -", does: "only print it" },
  ],
  run: async (call) => (await import("../config-init.ts")).configInit(call),
});

export const CONFIG_SCHEMA = command({
  name: "config schema",
  summary: "print the configuration file's JSON Schema, for editors",
  options: {},
  examples: [{ line: "openclaw-edge config schema > edge.schema.json", does: 'then "$schema": "./edge.schema.json" in the file' }],
  run: async () => {
    const { configSchema } = await import("../../config/schema.ts");
    process.stdout.write(`${JSON.stringify(configSchema(), undefined, 2)}\n`);
    return 0;
  },
});
