import { option, optionGroup, toggle } from "../../config/option.ts";
import { OPTIONS } from "../../config/options.ts";
import { duration } from "../../config/quantities.ts";
import { command } from "../command.ts";
import { originIn } from "../pass/origin.ts";
import { missing, PASS_NAME_OPTION, USER } from "../pass/options.ts";
import { undertake } from "../undertake.ts";
import { PLACE_OPTIONS } from "../user/options.ts";
import { placeIn } from "../user/place.ts";
import { problemsOfScopes, scopesOfWords } from "../user/scope-words.ts";

export const PASS_CREATE = command({
  name: "pass create",
  summary: "create a device pass: a secret for one device or program of a user",
  details:
    "For what can't fill in a sign-in page: OpenClaw's command line and nodes, apps, scripts. The pass is printed once, with what to write where. A running edge takes it at once.",
  usage: "openclaw-edge pass create --user NAME --name DEVICE [options]",
  options: {
    ...optionGroup("Pass", {
      user: USER,
      name: PASS_NAME_OPTION,
      expires: option({
        flag: "expires",
        value: "TIME",
        help: "how long it lasts",
        reason: "What nobody looks after should end by itself",
        range: "1m to 3650d",
        without: "until it is revoked",
        read: duration(60_000, 3_650 * 86_400_000),
      }),
      scopes: option({
        flag: "scopes",
        value: "LIST",
        help: "what it may do at the Gateway, separated by commas",
        reason: "Never more than its user may",
        range: "scopes, `all` or `none`",
        without: "whatever its user may do",
        read: (text) => ({ value: text }),
      }),
      json: toggle({ flag: "json", help: "print JSON, with the pass in it", reason: "For scripts" }),
    }),
    ...PLACE_OPTIONS,
    domain: OPTIONS.domain,
    httpsPort: OPTIONS.httpsPort,
  },
  examples: [
    { line: "openclaw-edge pass create --user alice --name iphone --expires 90d", does: "for a phone, for three months" },
    { line: "openclaw-edge pass create --user alice --name backup --scopes read", does: "for a script that may only look" },
  ],
  check: ({ options }) => [
    ...(options.isWritten("user") ? [] : [missing("user", "alice, or whoever it is for")]),
    ...(options.isWritten("name") ? [] : [missing("name", "iphone, or what you call the device")]),
    ...problemsOfScopes(options.one("scopes")?.split(",") ?? [], "--scopes"),
  ],
  run: ({ options, surroundings }) =>
    undertake("pass create", async () => {
      const { createPass } = await import("../pass/create.ts");
      const scopes = options.one("scopes");
      return createPass(placeIn(options, surroundings), {
        user: options.required("user"),
        name: options.required("name"),
        lifetime: options.one("expires"),
        scopes: scopes === undefined ? undefined : scopesOfWords(scopes.split(",")),
        origin: originIn(options.all("domain"), options.one("httpsPort")),
        json: options.required("json"),
      });
    }),
});
