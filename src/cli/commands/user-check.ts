import { command } from "../command.ts";
import { undertake } from "../undertake.ts";
import { problemsOfName } from "../user/names.ts";
import { NAME, NO_PASSWORD_HERE, oneSource, PLACE_OPTIONS, SOURCE_OPTIONS } from "../user/options.ts";
import { placeIn } from "../user/place.ts";

export const USER_CHECK = command({
  name: "user check",
  summary: "say whether a password is a user's",
  details: "Exit code 0: it is; 1: it is not; 2: there is no such user, or something else is to mend.",
  arguments: [NAME],
  options: { ...PLACE_OPTIONS, ...SOURCE_OPTIONS },
  never: NO_PASSWORD_HERE,
  reads: Object.values(PLACE_OPTIONS),
  examples: [{ line: "openclaw-edge user check alice", does: "ask for the password on the terminal" }],
  check: ({ options, words: [name] }) => [
    ...problemsOfName(name),
    ...oneSource(options.one("stdin") === true, options.isWritten("passwordFile")),
  ],
  run: ({ options, words: [name = ""], surroundings }) =>
    undertake("user check", async () => {
      const { checkPassword } = await import("../user/check.ts");
      return checkPassword(placeIn(options, surroundings), name, { stdin: options.required("stdin"), file: options.one("passwordFile") });
    }),
});
