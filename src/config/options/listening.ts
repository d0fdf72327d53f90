import { option, optionGroup } from "../option.ts";
import { readCidr } from "../cidr.ts";
import { readAccountName, readHost, readOptionalPort, readPath } from "../plain-values.ts";
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
    example: "192.168.1.20",
    repeatable: true,
    read: readHost,
  }),
  trustedHop: option({
    flag: "trusted-hop",
    value: "CIDR",
    help: "proxies in front of the edge whose X-Forwarded-For is believed; repeatable",
    reason: "From everybody else that field is a claim; the right-most address that is no such proxy counts as the client",
    range: "addresses and networks; /8 at the widest, /16 for IPv6",
    without: "none",
    example: "10.0.0.5",
    repeatable: true,
    read: readCidr,
  }),
  proxyProtocol: option({
    flag: "proxy-protocol",
    value: "CIDR",
    help: "load balancers that send a PROXY header (v1 or v2) first; repeatable",
    reason: "It is demanded from them and refused from everybody else: who the client is must not be guessed",
    range: "addresses and networks; /8 at the widest, /16 for IPv6",
    without: "none",
    example: "10.0.0.6",
    repeatable: true,
    read: readCidr,
  }),
  runAs: option({
    flag: "run-as",
    value: "USER",
    help: "started as root: the user to become, for good, once the ports are bound",
    reason: "The edge needs root for nothing but ports below 1024; every file is read and written as this user",
    range: "an account of this machine, by name or number, that is not root",
    without: "the user who started it",
    example: "openclaw-edge",
    read: readAccountName,
  }),
  state: option({
    flag: "state",
    value: "DIR",
    help: "directory for the local CA and other state, made with mode 0700",
    reason: "It holds private keys",
    range: "a path",
    without:
      "the installed service's, else `/var/lib/openclaw-edge` for root and the user it belongs to, else `~/.local/state/openclaw-edge`",
    example: "/var/lib/openclaw-edge",
    read: readPath,
  }),
});
