import { optionGroup } from "../../config/option.ts";
import { command } from "../command.ts";
import { USER } from "../pass/options.ts";
import { undertake } from "../undertake.ts";
import { PLACE_OPTIONS } from "../user/options.ts";
import { placeIn } from "../user/place.ts";

export const PASS_REVOKE = command({
  name: "pass revoke",
  summary: "revoke a device pass: what it has open is closed within a second",
  arguments: [{ name: "PASS", help: "its id, its name, or a whole pass that was found somewhere" }],
  options: {
    ...optionGroup("Pass", { user: { ...USER, help: "whose, where several users have a pass of that name", default: "anybody's" } }),
    ...PLACE_OPTIONS,
  },
  reads: Object.values(PLACE_OPTIONS),
  examples: [
    { line: "openclaw-edge pass revoke iphone", does: "by its name" },
    { line: "openclaw-edge pass revoke k3fj2m9xab", does: "by its id, as pass list shows it" },
  ],
  run: ({ options, words: [word = ""], surroundings }) =>
    undertake("pass revoke", async () =>
      (await import("../pass/revoke.ts")).revokePass(placeIn(options, surroundings), word, options.one("user")),
    ),
});
