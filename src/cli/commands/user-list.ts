import { optionGroup, toggle } from "../../config/option.ts";
import { command } from "../command.ts";
import { undertake } from "../undertake.ts";
import { PLACE_OPTIONS } from "../user/options.ts";
import { placeIn } from "../user/place.ts";

export const USER_LIST = command({
  name: "user list",
  summary: "list the users: scopes, bcrypt cost, sessions, device passes",
  options: { ...PLACE_OPTIONS, ...optionGroup("Output", { json: toggle({ flag: "json", help: "print JSON", reason: "For scripts" }) }) },
  reads: Object.values(PLACE_OPTIONS),
  examples: [
    { line: "openclaw-edge user list", does: "as a table" },
    { line: "openclaw-edge user list --json | jq -r '.users[].name'", does: "the names alone" },
  ],
  run: ({ options, surroundings }) =>
    undertake("user list", async () =>
      (await import("../user/list.ts")).listUsers(placeIn(options, surroundings), options.required("json")),
    ),
});
