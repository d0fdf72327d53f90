import { option, optionGroup, toggle } from "../../config/option.ts";
import { OPTIONS } from "../../config/options.ts";
import { mistake, shown } from "../../config/read.ts";
import { command } from "../command.ts";
import { SYSTEMS, type SystemName } from "../trust/systems.ts";

const NAMES = Object.keys(SYSTEMS) as SystemName[];

export const TRUST = command({
  name: "trust",
  summary: "how to make devices trust the edge's local CA; does it on Debian with --install",
  details: "The local CA vouches for private names and addresses, and for those that the edge was told. Its key never leaves the edge.",
  options: {
    state: OPTIONS.state,
    domain: OPTIONS.domain,
    ...optionGroup("Trust", {
      install: toggle({
        flag: "install",
        help: "do it on this machine (Debian, Ubuntu; as root)",
        reason: "For all programs that use the system's CAs",
      }),
      uninstall: toggle({ flag: "uninstall", help: "undo --install", reason: "Nothing is left behind" }),
      for: option({
        flag: "for",
        value: "SYSTEM",
        help: "tell about one system only",
        reason: "Short",
        range: NAMES.map((name) => `\`${name}\``).join(", "),
        without: "all of them",
        read: Object.assign(
          (text: string) => {
            const value = NAMES.find((name) => name === text.toLowerCase());
            return value === undefined ? mistake(`${shown(text)} is not known.`, `Write one of ${NAMES.join(", ")}.`) : { value };
          },
          { schema: { enum: NAMES } },
        ),
      }),
    }),
  },
  reads: [OPTIONS.state, OPTIONS.domain],
  examples: [
    { line: "openclaw-edge trust", does: "the CA's fingerprint, and the steps for each system" },
    { line: "openclaw-edge trust --for ios", does: "for a phone" },
    { line: "sudo openclaw-edge trust --install", does: "let this machine trust it" },
    { line: "sudo openclaw-edge trust --uninstall", does: "and no longer" },
  ],
  check: ({ options }) =>
    options.one("install") === true && options.one("uninstall") === true
      ? [{ where: "--install", what: "--uninstall is written as well.", mend: "Write one of the two." }]
      : [],
  run: async (call) => (await import("../trust.ts")).trust(call),
});
