import { isAbsolute, resolve } from "node:path";

import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, type Limits, type Timeouts } from "./limits.ts";
import { canonicalAddress, readServedName } from "./names.ts";
import { option, type Option } from "./option.ts";
import { duration, integer, port, size, writeDuration, writeSize, type Quantity } from "./quantities.ts";
import { mistake, shown, type Read } from "./read.ts";
import type { Surroundings } from "./surroundings.ts";
import { readUpstream } from "./upstream-target.ts";
import { readUserHeader } from "./user-header.ts";

/** Every option, in the order of `--help`. */
export const OPTIONS = {
  domain: option({
    flag: "domain",
    value: "NAME",
    group: "Main options",
    help: "a name or IP address that the edge answers for; repeatable",
    reason: "Any other name is refused before sign-in, so nobody reaches the Gateway under a name of their own",
    range: "host names and IP addresses",
    without: "required",
    repeatable: true,
    read: readServedName,
  }),
  upstream: option({
    flag: "upstream",
    value: "URL",
    group: "Main options",
    help: "where the Gateway listens",
    reason: "Only loopback, private addresses and unix sockets: this hop is not encrypted",
    range: "`http://host:port` or `unix:/path/to.sock`",
    default: "http://127.0.0.1:18789",
    read: readUpstream,
  }),
  htpasswd: option({
    flag: "htpasswd",
    value: "FILE",
    group: "Main options",
    help: "the users: an htpasswd file with bcrypt passwords",
    reason: "Made by `htpasswd -B`; changes are taken up while the edge runs",
    range: "a path",
    without: "required",
    read: readPath,
  }),
  cert: option({
    flag: "cert",
    value: "FILE",
    group: "Main options",
    help: "certificate chain in PEM, with --key",
    reason: "Changes are taken up while the edge runs, so a renewal needs no restart",
    range: "a path",
    without: "none",
    read: readPath,
  }),
  key: option({
    flag: "key",
    value: "FILE",
    group: "Main options",
    help: "the certificate's private key in PEM, with --cert",
    reason: "Read once, never logged",
    range: "a path",
    without: "none",
    read: readPath,
  }),
  tls: option({
    flag: "tls",
    value: "internal",
    group: "Main options",
    help: "make certificates with a local CA, kept in the state directory",
    reason: "Browsers warn until they trust that CA; public names are never given one unless this asks for it",
    range: "`internal`",
    without: "internal for localhost, private names and addresses",
    read: readTls,
  }),
  httpsPort: option({
    flag: "https-port",
    value: "PORT",
    group: "Listening",
    help: "port for HTTPS",
    reason: "443 is what browsers ask for",
    range: "1 to 65535; 0 takes a free one",
    default: "443",
    read: port,
  }),
  httpPort: option({
    flag: "http-port",
    value: "PORT",
    group: "Listening",
    help: "port that redirects to HTTPS, or off",
    reason: "It redirects and does nothing else: it never proxies",
    range: "1 to 65535; 0 takes a free one; `off`",
    default: "80",
    read: readOptionalPort,
  }),
  host: option({
    flag: "host",
    value: "ADDR",
    group: "Listening",
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
    group: "Listening",
    help: "directory for the local CA and other state, made with mode 0700",
    reason: "It holds private keys",
    range: "a path",
    without: "`$XDG_STATE_HOME/openclaw-edge` or `~/.local/state/openclaw-edge`; for root `/var/lib/openclaw-edge`",
    read: readPath,
  }),
  userHeader: option({
    flag: "user-header",
    value: "FIELD",
    group: "Identity and logs",
    help: "field that carries the user's name to the Gateway",
    reason: "Must be the Gateway's `gateway.auth.trustedProxy.userHeader`; a client's own copy is always removed",
    range: "a field name that means nothing else",
    default: "x-forwarded-user",
    read: readUserHeader,
  }),
  hsts: option({
    flag: "hsts",
    value: "SECONDS",
    group: "Identity and logs",
    help: "how long browsers insist on HTTPS (Strict-Transport-Security); 0 for not at all",
    reason: "A day is easy to leave again; never sent for IP addresses or with the local CA",
    range: "0 to 315360000 seconds",
    default: "86400",
    read: integer(0, 315_360_000),
  }),
  logFormat: option({
    flag: "log-format",
    value: "FORMAT",
    group: "Identity and logs",
    help: "auto, json or text; auto is text on a terminal and json elsewhere",
    reason: "JSON for tools, text for people",
    range: "`auto`, `json`, `text`",
    default: "auto",
    read: readLogFormat,
  }),

  firstByte: timeout("firstByte", "first-byte-timeout", "from accepting a connection to its first byte", "A browser gives up its spare connections sooner"),
  handshake: timeout("handshake", "handshake-timeout", "for the TLS handshake", "The runtime's own default is two minutes"),
  head: timeout("head", "head-timeout", "from a request's first byte to the end of its head", "Slow heads are how idle attackers hold connections"),
  idle: timeout("idle", "idle-timeout", "for an idle connection between two requests", "As nginx: long enough for a page, short enough to free memory"),
  body: timeout("body", "body-timeout", "window in which a body must bring --minimum-body-rate", "A slow link may pause; a dead one must not stay"),
  write: timeout("write", "write-timeout", "for a client that reads none of what waits for it", "What is not read is held in memory"),
  connect: timeout("connect", "connect-timeout", "for connecting to the Gateway", "It is on this machine or in its network"),
  drain: timeout("drain", "drain-timeout", "for requests and WebSockets to end when the edge stops", "Service managers kill after 90 seconds at most"),

  headSize: limit("headSize", "head-size", "OCTETS", "octets of a request's or response's head", "The Gateway's own limit", size(1_024, 1_048_576)),
  headFields: limit("headFields", "head-fields", "COUNT", "fields in a head", "A browser sends about twenty", integer(10, 10_000)),
  pipelined: limit("pipelined", "pipelined-size", "OCTETS", "octets that a client may send ahead of its turn", "Beyond it the edge stops reading", size(1_024, 16_777_216)),
  minimumBodyRate: limit("minimumBodyRate", "minimum-body-rate", "OCTETS", "octets a second below which a body is too slow", "Slower than any usable link", size(0, 1_048_576)),
  connectionsPerClient: limit("connectionsPerClient", "connections-per-client", "COUNT", "connections at once from one IPv4 address or IPv6 /64", "One visitor must not take everybody's place", integer(1, 1_000_000)),
  connections: limit("connections", "connections", "COUNT", "connections at once in all", "An idle one costs up to 60 KB", integer(1, 1_000_000)),
  idleUpstream: limit("idleUpstream", "idle-upstream", "COUNT", "idle connections kept to the Gateway", "Opening one costs more than a request", integer(0, 10_000)),
  passwordChecks: limit("passwordChecks", "password-checks", "COUNT", "password checks that wait or run; one more is answered 503", "Each costs about 70 ms of CPU", integer(1, 10_000)),
} as const;

export type OptionName = keyof typeof OPTIONS;
export type Decoded<Name extends OptionName> = (typeof OPTIONS)[Name] extends Option<infer T> ? T : never;

function timeout(name: keyof Timeouts, flag: string, help: string, reason: string): Option<number> {
  return option({
    flag,
    value: "TIME",
    group: "Time-outs",
    help,
    reason,
    range: "100ms to 24h",
    default: writeDuration(DEFAULT_TIMEOUTS[name]),
    read: duration(100, 86_400_000),
  });
}

function limit(name: keyof Limits, flag: string, value: "OCTETS" | "COUNT", help: string, reason: string, read: Quantity): Option<number> {
  const text = value === "OCTETS" ? writeSize(DEFAULT_LIMITS[name]) : String(DEFAULT_LIMITS[name]);
  return option({ flag, value, group: "Bounds", help, reason, range: value === "OCTETS" ? "octets, `16k`, `1m`" : "a whole number", default: text, read });
}

function readPath(text: string, { directory, home }: Surroundings): Read<string> {
  if (text === "") return mistake("The path is empty.", "Write the path of the file or directory.");
  if (text.includes("\0")) return mistake("The path has a NUL character.", "Write a plain path.");
  // A shell leaves the ~ of --flag=~/x alone, and a directory named ~ helps nobody.
  if (text === "~" || text.startsWith("~/")) return { value: resolve(home, text.slice(2)) };
  return { value: isAbsolute(text) ? resolve(text) : resolve(directory, text) };
}

function readTls(text: string): Read<"internal"> {
  if (text.toLowerCase() === "internal") return { value: "internal" };
  return mistake(`${shown(text)} is not known.`, "Write --tls internal for a local CA, or bring a certificate with --cert FILE --key FILE.");
}

function readOptionalPort(text: string): Read<number | false> {
  if (text.toLowerCase() === "off") return { value: false };
  const read = port(text);
  return "value" in read ? read : mistake(read.what, "Write a number from 1 to 65535, or off for no redirecting port.");
}

function readHost(text: string): Read<string> {
  const address = canonicalAddress(text);
  if (address !== undefined) return { value: address };
  const mend = text.toLowerCase() === "localhost" ? "Write --host 127.0.0.1, and --host ::1 for IPv6." : "Write an address of this machine, such as 0.0.0.0 or ::.";
  return mistake(`${shown(text)} is no IP address.`, mend);
}

function readLogFormat(text: string): Read<"auto" | "json" | "text"> {
  const format = text.toLowerCase();
  if (format === "auto" || format === "json" || format === "text") return { value: format };
  return mistake(`${shown(text)} is no log format.`, "Write auto, json or text.");
}
