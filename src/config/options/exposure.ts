import { EXEMPTION_NAMES } from "../../gateway/exemptions.ts";
import { readExposure } from "../exposure.ts";
import { option, optionGroup } from "../option.ts";

export const EXPOSURE = optionGroup("Without a sign-in", {
  expose: option({
    flag: "expose",
    value: "NAMES",
    help: "what strangers may reach: public links, webhooks; repeatable",
    reason: "Each checks its callers itself; `openclaw-edge routes` shows what is open, to whom, and what it costs",
    range: EXEMPTION_NAMES.map((name) => `\`${name}\``).join(", "),
    without: "nothing",
    example: "share",
    repeatable: true,
    read: readExposure,
  }),
});
