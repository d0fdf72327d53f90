import { option, optionGroup } from "../option.ts";
import { readMonitoringAddress } from "../monitoring-address.ts";
import { readLogFormat } from "../plain-values.ts";
import { integer } from "../quantities.ts";
import { readUserHeader } from "../user-header.ts";

export const IDENTITY = optionGroup("Identity and logs", {
  userHeader: option({
    flag: "user-header",
    value: "FIELD",
    help: "field that carries the user's name to the Gateway",
    reason: "Must be the Gateway's `gateway.auth.trustedProxy.userHeader`; a client's own copy is always removed",
    range: "a field name that means nothing else",
    default: "x-forwarded-user",
    read: readUserHeader,
  }),
  hsts: option({
    flag: "hsts",
    value: "SECONDS",
    help: "how long browsers insist on HTTPS (Strict-Transport-Security); 0 for not at all",
    reason: "A day is easy to leave again; never sent for IP addresses or with the local CA",
    range: "0 to 315360000 seconds",
    default: "86400",
    read: integer(0, 315_360_000),
  }),
  metrics: option({
    flag: "metrics",
    value: "ADDR:PORT",
    help: "listen there for /metrics (Prometheus), /healthz and /readyz",
    reason: "There is no sign-in, so only loopback and private addresses are taken",
    range: "`127.0.0.1:9464`, `[::1]:9464`",
    without: "off",
    read: readMonitoringAddress,
  }),
  logFormat: option({
    flag: "log-format",
    value: "FORMAT",
    help: "auto, json or text; auto is text on a terminal and json elsewhere",
    reason: "JSON for tools, text for people",
    range: "`auto`, `json`, `text`",
    default: "auto",
    read: readLogFormat,
  }),
});
