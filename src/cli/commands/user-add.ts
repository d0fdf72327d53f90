import { option, optionGroup } from "../../config/option.ts";
import { OPTIONS } from "../../config/options.ts";
import { command } from "../command.ts";
import { undertake } from "../undertake.ts";
import { problemsOfName } from "../user/names.ts";
import { NAME, NEW_PASSWORD_OPTIONS, NO_PASSWORD_HERE, oneSource, PLACE_OPTIONS } from "../user/options.ts";
import { domainsIn, placeIn } from "../user/place.ts";
import { problemsOfScopes, scopesOfWords } from "../user/scope-words.ts";

export const USER_ADD = command({
  name: "user add",
  summary: "add a user",
  details:
    "The first user is the owner, with all of the Gateway's scopes. Every later one gets read, write, approvals and questions, or what --scopes says. A running edge lets the user in at once.",
  arguments: [NAME],
  options: {
    ...PLACE_OPTIONS,
    ...NEW_PASSWORD_OPTIONS,
    ...optionGroup("Scopes", {
      scopes: option({
        flag: "scopes",
        value: "LIST",
        help: "what the user may do at the Gateway, separated by commas",
        reason: "Never operator.admin by accident",
        range: "scopes, `all` or `none`",
        without: "read,write,approvals,questions",
        read: (text) => ({ value: text }),
      }),
    }),
  },
  never: NO_PASSWORD_HERE,
  reads: [...Object.values(PLACE_OPTIONS), OPTIONS.domain],
  examples: [
    { line: "openclaw-edge user add alice", does: "ask for the password on the terminal" },
    { line: "pass show edge/bob | openclaw-edge user add bob --stdin", does: "from a password manager" },
    { line: "openclaw-edge user add guest --scopes read", does: "somebody who may only look" },
  ],
  check: ({ options, words: [name] }) => [
    ...problemsOfName(name),
    ...oneSource(options.one("stdin") === true, options.isWritten("passwordFile")),
    ...problemsOfScopes(options.one("scopes")?.split(",") ?? [], "--scopes"),
  ],
  run: (call) =>
    undertake("user add", async () => {
      const { options, surroundings } = call;
      const [name = ""] = call.words;
      const { addUser } = await import("../user/add.ts");
      const scopes = options.one("scopes");
      return addUser(placeIn(options, surroundings), {
        name,
        password: { stdin: options.required("stdin"), file: options.one("passwordFile") },
        scopes: scopes === undefined ? undefined : scopesOfWords(scopes.split(",")),
        cost: options.required("cost"),
        allowWeak: options.required("allowWeak"),
        domains: domainsIn(call),
      });
    }),
});
