import { option, optionGroup, toggle } from "../../config/option.ts";
import { readPath } from "../../config/plain-values.ts";

/** What all service commands take. */
export const SERVICE_OPTIONS = optionGroup("Service", {
  ownUser: toggle({
    flag: "user-service", // --user NAME is another command's
    help: "a service of your own account (systemctl --user), not of the machine",
    reason: "Needs no root; ports under 1024 need the machine's word",
  }),
  root: option({
    flag: "root",
    value: "DIR",
    help: "work below that directory and start nothing",
    reason: "For machine images and packages",
    range: "a path",
    without: "this machine",
    read: readPath,
  }),
});

/** What those that change something take besides. */
export const CONSENT_OPTIONS = optionGroup("Service", {
  yes: toggle({ flag: "yes", help: "don't ask before it is done", reason: "For scripts" }),
  dryRun: toggle({ flag: "dry-run", help: "say what would be done, and do nothing", reason: "To look before you leap" }),
});
