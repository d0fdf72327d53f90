/** Options that the user commands share. */
import { option, optionGroup, toggle } from "../../config/option.ts";
import { OPTIONS } from "../../config/options.ts";
import { readPath } from "../../config/plain-values.ts";
import { integer } from "../../config/quantities.ts";
import type { Problem } from "../../errors.ts";
import type { Argument } from "../command.ts";

/** Which files a command works on. */
export const PLACE_OPTIONS = { htpasswd: OPTIONS.htpasswd, state: OPTIONS.state };

/** Where a password comes from when it is not asked for. */
export const SOURCE_OPTIONS = optionGroup("Password", {
  stdin: toggle({
    flag: "stdin",
    help: "read the password from standard input",
    reason: "For scripts: an argument could be read by every user of the machine",
  }),
  passwordFile: option({
    flag: "password-file",
    value: "FILE",
    help: "read the password from a file",
    reason: "The same; the line end behind it is not part of it",
    range: "a path",
    without: "ask for it on the terminal",
    read: readPath,
  }),
});

/** What holds for a password that is set. */
export const NEW_PASSWORD_OPTIONS = {
  ...SOURCE_OPTIONS,
  ...optionGroup("Password", {
    allowWeak: toggle({ flag: "allow-weak", help: "take 8 characters where 12 are the least", reason: "Never fewer (OWASP ASVS 6.2.1)" }),
    cost: option({
      flag: "cost",
      value: "NUMBER",
      help: "bcrypt's cost: each step doubles the time of a sign-in, and of a guess",
      reason: "12 is a quarter of a second for each guess at a stolen file",
      range: "10 to 17",
      default: "12",
      read: integer(10, 17),
    }),
  }),
};

export const NAME: Argument = { name: "NAME", help: "the user's name" };

/** A password that was typed where every user of the machine can read it. It is not repeated. */
export const NO_PASSWORD_HERE = {
  flags: /^-{1,2}(?:password|passwd|pass|pw)$|^-p/i,
  what: "A password is never taken from the command line, where every user of this machine can read it.",
  mend: "Take another one, since this one has been seen. It is asked for on the terminal, or comes by --stdin or --password-file FILE.",
} as const;

export function oneSource(stdin: boolean, hasFile: boolean): readonly Problem[] {
  return stdin && hasFile ? [{ where: "--stdin", what: "--password-file is written as well.", mend: "Write one of the two." }] : [];
}
