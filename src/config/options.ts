import type { Option } from "./option.ts";
import { BOUNDS } from "./options/bounds.ts";
import { CERTIFICATES } from "./options/certificates.ts";
import { EXPOSURE } from "./options/exposure.ts";
import { IDENTITY } from "./options/identity.ts";
import { LISTENING } from "./options/listening.ts";
import { MAIN } from "./options/main.ts";
import { SIGN_IN } from "./options/sign-in.ts";
import { TIMEOUTS } from "./options/timeouts.ts";

/** Every option of the edge, in the order of `--help`. To add one: a row in its group's file; to add a group: a file and a line here. */
export const OPTIONS = {
  ...MAIN,
  ...CERTIFICATES,
  ...LISTENING,
  ...SIGN_IN,
  ...EXPOSURE,
  ...IDENTITY,
  ...TIMEOUTS,
  ...BOUNDS,
} as const;

export type OptionName = keyof typeof OPTIONS;
export type Decoded<Name extends OptionName> = (typeof OPTIONS)[Name] extends Option<infer T> ? T : never;
