import { optionGroup, toggle } from "../../config/option.ts";
import { command } from "../command.ts";
import { USER } from "../pass/options.ts";
import { undertake } from "../undertake.ts";
import { PLACE_OPTIONS } from "../user/options.ts";
import { placeIn } from "../user/place.ts";

export const PASS_LIST = command({
  name: "pass list",
  summary: "list the device passes: whose, until when, and when they were used last",
  details: "A running edge writes down the last use once a minute.",
  options: {
    ...optionGroup("Output", {
      user: { ...USER, help: "only this user's", default: "everybody's" },
      json: toggle({ flag: "json", help: "print JSON", reason: "For scripts" }),
    }),
    ...PLACE_OPTIONS,
  },
  reads: Object.values(PLACE_OPTIONS),
  examples: [
    { line: "openclaw-edge pass list", does: "as a table" },
    { line: "openclaw-edge pass list --user alice --json", does: "alice's, for a script" },
  ],
  run: ({ options, surroundings }) =>
    undertake("pass list", async () =>
      (await import("../pass/list.ts")).listPasses(placeIn(options, surroundings), {
        user: options.one("user"),
        json: options.required("json"),
      }),
    ),
});
