import { option, optionGroup } from "../option.ts";
import { readLogin } from "../plain-values.ts";
import { duration } from "../quantities.ts";

/** 400 days, in milliseconds: browsers keep no cookie longer. */
const LONGEST = 34_560_000_000;

export const SIGN_IN = optionGroup("Sign-in", {
  login: option({
    flag: "login",
    value: "HOW",
    help: "how browsers are asked: page is a sign-in page, basic the browser's own password dialog",
    reason: "Nobody can sign out of the dialog; clients that are no browser may send Basic either way",
    range: "`page`, `basic`",
    default: "page",
    read: readLogin,
  }),
  sessionIdle: option({
    flag: "session-idle",
    value: "TIME",
    help: "how long a session lasts without being used",
    reason: "A browser that is left behind must not stay signed in",
    range: "1s to 400d",
    default: "7d",
    read: duration(1_000, LONGEST),
  }),
  sessionLifetime: option({
    flag: "session-lifetime",
    value: "TIME",
    help: "how long a session lasts however much it is used",
    reason: "A stolen cookie is no right for ever",
    range: "1s to 400d",
    default: "30d",
    read: duration(1_000, LONGEST),
  }),
});
