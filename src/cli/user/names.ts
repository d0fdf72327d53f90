import { USER_NAME } from "../../auth/basic/htpasswd.ts";
import { nearest } from "../../config/nearest.ts";
import { shown } from "../../config/read.ts";
import type { Problem } from "../../errors.ts";

/** What is wrong with a name that a user is to have. */
export function problemsOfName(name: string | undefined): readonly Problem[] {
  if (name === undefined || USER_NAME.test(name)) return [];
  const mend = "Use 1 to 64 characters out of A-Z a-z 0-9 . _ @ + - (the Gateway takes no others).";
  return [{ where: `NAME ${shown(name)}`, what: "It is no name that a user can have.", mend }];
}

/** Says that nobody has the name, and who was probably meant. */
export function nobody(name: string, names: Iterable<string>, path: string): Problem {
  const near = nearest(name, [...names]);
  const mend = near === undefined ? "Who there is: openclaw-edge user list." : `Did you mean ${near}?`;
  return { where: name, what: `There is no such user in ${path}.`, mend };
}
