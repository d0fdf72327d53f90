import { OPTIONS } from "../../config/options.ts";
import { command } from "../command.ts";
import { undertake } from "../undertake.ts";
import { problemsOfName } from "../user/names.ts";
import { NAME, NEW_PASSWORD_OPTIONS, NO_PASSWORD_HERE, oneSource, PLACE_OPTIONS } from "../user/options.ts";
import { domainsIn, placeIn } from "../user/place.ts";

export const USER_PASSWD = command({
  name: "user passwd",
  summary: "give a user another password",
  details:
    "Also mends a line whose hash is damaged or in a format that is not taken. Whoever is signed in with the old password is signed out.",
  arguments: [NAME],
  options: { ...PLACE_OPTIONS, ...NEW_PASSWORD_OPTIONS },
  never: NO_PASSWORD_HERE,
  reads: [...Object.values(PLACE_OPTIONS), OPTIONS.domain],
  examples: [
    { line: "openclaw-edge user passwd alice", does: "ask for the password on the terminal" },
    { line: "openclaw-edge user passwd alice --password-file /run/secrets/alice", does: "from a file that holds nothing else" },
  ],
  check: ({ options, words: [name] }) => [
    ...problemsOfName(name),
    ...oneSource(options.one("stdin") === true, options.isWritten("passwordFile")),
  ],
  run: (call) =>
    undertake("user passwd", async () => {
      const { options, surroundings } = call;
      const [name = ""] = call.words;
      const { changePassword } = await import("../user/passwd.ts");
      return changePassword(placeIn(options, surroundings), {
        name,
        password: { stdin: options.required("stdin"), file: options.one("passwordFile") },
        cost: options.required("cost"),
        allowWeak: options.required("allowWeak"),
        domains: domainsIn(call),
      });
    }),
});
