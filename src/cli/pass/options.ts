/** Options that the pass commands share. */
import { nearest } from "../../config/nearest.ts";
import { option } from "../../config/option.ts";
import { mistake, shown } from "../../config/read.ts";
import { USER_NAME } from "../../auth/basic/htpasswd.ts";
import { PASS_NAME } from "../../auth/pass/passes-record.ts";
import type { Problem } from "../../errors.ts";

export const USER = option({
  flag: "user",
  value: "NAME",
  help: "whose pass it is",
  reason: "A pass may do what its user may, and ends with its user",
  range: "a user's name",
  without: "required",
  read: (text) =>
    USER_NAME.test(text)
      ? { value: text }
      : mistake(`${shown(text)} is no name that a user can have.`, "Write the user's name: openclaw-edge user list."),
});

export const PASS_NAME_OPTION = option({
  flag: "name",
  value: "DEVICE",
  help: "what you call it: the device or the program that uses it",
  reason: "One pass for each device, so that one can be taken back alone",
  range: "1 to 64 characters out of A-Z a-z 0-9 . _ @ + -",
  without: "required",
  read: (text) =>
    PASS_NAME.test(text)
      ? { value: text }
      : mistake(`${shown(text)} can't be a pass's name.`, "Use 1 to 64 characters out of A-Z a-z 0-9 . _ @ + -, such as iphone."),
});

export function missing(flag: string, example: string): Problem {
  return { where: `--${flag}`, what: "It is missing.", mend: `Write --${flag} ${example}.` };
}

/** Says that there is no such pass, and which was probably meant. */
export function noPass(word: string, names: readonly string[]): Problem {
  const near = nearest(word, names);
  const mend = near === undefined ? "Which there are: openclaw-edge pass list." : `Did you mean ${near}?`;
  return { where: shown(word), what: "There is no pass of that name or id.", mend };
}
