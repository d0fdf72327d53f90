import { optionGroup, toggle } from "../../config/option.ts";
import { command } from "../command.ts";
import { undertake } from "../undertake.ts";
import { problemsOfName } from "../user/names.ts";
import { NAME, PLACE_OPTIONS } from "../user/options.ts";
import { placeIn } from "../user/place.ts";
import { problemsOfScopes, SCOPE_WORDS } from "../user/scope-words.ts";

export const USER_SCOPES = command({
  name: "user scopes",
  summary: "show or change what a user may do at the Gateway",
  details: `Scopes: ${SCOPE_WORDS.join(", ")}. The edge sends them as X-OpenClaw-Scopes with every request. Where they become fewer, the user's open WebSockets are closed and come back with less.`,
  arguments: [
    NAME,
    {
      name: "SCOPE",
      help: "a scope, with or without operator. in front; all, none or default",
      optional: true,
      repeatable: true,
      words: SCOPE_WORDS,
    },
  ],
  options: {
    ...PLACE_OPTIONS,
    ...optionGroup("Scopes", {
      owner: toggle({
        flag: "owner",
        help: "make this user the owner, with all scopes",
        reason: "There is one owner; the one before gets the usual scopes",
      }),
    }),
  },
  reads: Object.values(PLACE_OPTIONS),
  examples: [
    { line: "openclaw-edge user scopes bob", does: "show them" },
    { line: "openclaw-edge user scopes bob read", does: "bob may look, and no more" },
    { line: "openclaw-edge user scopes bob read write pairing", does: "bob may also pair devices" },
    { line: "openclaw-edge user scopes bob --owner", does: "bob is the owner from now on" },
  ],
  check: ({ options, words: [name, ...scopes] }) => [
    ...problemsOfName(name),
    ...problemsOfScopes(scopes, "SCOPE"),
    ...(options.one("owner") === true && scopes.length > 0
      ? [{ where: "--owner", what: "Scopes are written as well, and the owner has all of them.", mend: "Leave one of the two out." }]
      : []),
  ],
  run: ({ options, words: [name = "", ...scopes], surroundings }) =>
    undertake("user scopes", async () => {
      const { changeScopes, makeOwner, showScopes } = await import("../user/scopes.ts");
      const place = placeIn(options, surroundings);
      if (options.required("owner")) return makeOwner(place, name);
      return scopes.length === 0 ? showScopes(place, name) : changeScopes(place, name, scopes);
    }),
});
