import { command } from "../command.ts";
import { undertake } from "../undertake.ts";
import { problemsOfName } from "../user/names.ts";
import { NAME, PLACE_OPTIONS } from "../user/options.ts";
import { placeIn } from "../user/place.ts";

export const USER_REMOVE = command({
  name: "user remove",
  summary: "remove a user, with scopes, sessions and device passes",
  details:
    "A running edge closes what the user has open within a second. Also says which devices the Gateway has paired, and how to take their tokens back.",
  arguments: [NAME],
  options: PLACE_OPTIONS,
  reads: Object.values(PLACE_OPTIONS),
  examples: [{ line: "openclaw-edge user remove bob", does: "bob is out within a second" }],
  check: ({ words: [name] }) => problemsOfName(name),
  run: ({ options, words: [name = ""], surroundings }) =>
    undertake("user remove", async () => (await import("../user/remove.ts")).removeUser(placeIn(options, surroundings), name)),
});
