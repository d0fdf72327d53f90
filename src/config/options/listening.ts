import { option, optionGroup } from "../option.ts";
import { readHost, readOptionalPort, readPath } from "../plain-values.ts";
import { port } from "../quantities.ts";

export const LISTENING = optionGroup("Listening", {
  httpsPort: option({
    flag: "https-port",
    value: "PORT",
    help: "port for HTTPS",
    reason: "443 is what browsers ask for",
    range: "1 to 65535; 0 takes a free one",
    default: "443",
    read: port,
  }),
  httpPort: option({
    flag: "http-port",
    value: "PORT",
    help: "port that redirects to HTTPS, or off",
    reason: "It redirects and does nothing else: it never proxies",
    range: "1 to 65535; 0 takes a free one; `off`",
    default: "80",
    read: readOptionalPort,
  }),
  host: option({
    flag: "host",
    value: "ADDR",
    help: "an address to listen on; repeatable",
    reason: "To keep the edge on one network of several",
    range: "IP addresses of this machine",
    without: "all, IPv4 and IPv6",
    repeatable: true,
    read: readHost,
  }),
  state: option({
    flag: "state",
    value: "DIR",
    help: "directory for the local CA and other state, made with mode 0700",
    reason: "It holds private keys",
    range: "a path",
    without: "`$XDG_STATE_HOME/openclaw-edge` or `~/.local/state/openclaw-edge`; for root `/var/lib/openclaw-edge`",
    read: readPath,
  }),
});
