import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { option, optionGroup, type Option } from "../option.ts";
import { integer, size, writeSize, type Quantity } from "../quantities.ts";

export const BOUNDS = optionGroup("Bounds", {
  headSize: limit(
    "headSize",
    "head-size",
    "OCTETS",
    "octets of a request's or response's head",
    "The Gateway's own limit",
    size(1_024, 1_048_576),
  ),
  headFields: limit("headFields", "head-fields", "COUNT", "fields in a head", "A browser sends about twenty", integer(10, 10_000)),
  pipelined: limit(
    "pipelined",
    "pipelined-size",
    "OCTETS",
    "octets that a client may send ahead of its turn",
    "Beyond it the edge stops reading",
    size(1_024, 16_777_216),
  ),
  minimumBodyRate: limit(
    "minimumBodyRate",
    "minimum-body-rate",
    "OCTETS",
    "octets a second below which a body is too slow",
    "Slower than any usable link",
    size(0, 1_048_576),
  ),
  connectionsPerClient: limit(
    "connectionsPerClient",
    "connections-per-client",
    "COUNT",
    "connections at once from one IPv4 address or IPv6 /64; a /48 has eight times as many",
    "One visitor must not take everybody's place",
    integer(1, 1_000_000),
  ),
  connections: limit(
    "connections",
    "connections",
    "COUNT",
    "connections at once in all",
    "An idle one costs up to 60 KB",
    integer(1, 1_000_000),
  ),
  idleUpstream: limit(
    "idleUpstream",
    "idle-upstream",
    "COUNT",
    "idle connections kept to the Gateway",
    "Opening one costs more than a request",
    integer(0, 10_000),
  ),
  passwordChecks: limit(
    "passwordChecks",
    "password-checks",
    "COUNT",
    "password checks that wait or run; one more is answered 503",
    "Each costs about 70 ms of CPU",
    integer(1, 10_000),
  ),
  exposeRate: limit(
    "exposeRate",
    "expose-rate",
    "COUNT",
    "requests a minute on what --expose opens, from one client and for each name",
    "Strangers may ask there; a busy chat sends a few hundred",
    integer(1, 1_000_000),
  ),
  failedSignIns: limit(
    "failedSignIns",
    "failed-sign-ins",
    "COUNT",
    "wrong passwords of one client before it has to wait, 30 s and more",
    "Enough for slips; a name has twice as many, whoever guesses",
    integer(1, 1_000),
  ),
} satisfies Record<keyof Limits, Option<number>>);

function limit(name: keyof Limits, flag: string, value: "OCTETS" | "COUNT", help: string, reason: string, read: Quantity): Option<number> {
  const text = value === "OCTETS" ? writeSize(DEFAULT_LIMITS[name]) : String(DEFAULT_LIMITS[name]);
  return option({
    flag,
    value,
    help,
    reason,
    range: value === "OCTETS" ? "octets, `16k`, `1m`" : "a whole number",
    default: text,
    read,
  });
}
