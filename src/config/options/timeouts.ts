import { DEFAULT_TIMEOUTS, type Timeouts } from "../limits.ts";
import { option, optionGroup, type Option } from "../option.ts";
import { duration, writeDuration } from "../quantities.ts";

export const TIMEOUTS = optionGroup("Time-outs", {
  firstByte: timeout(
    "firstByte",
    "first-byte-timeout",
    "from accepting a connection to its first byte",
    "A browser gives up its spare connections sooner",
  ),
  handshake: timeout("handshake", "handshake-timeout", "for the TLS handshake", "The runtime's own default is two minutes"),
  head: timeout(
    "head",
    "head-timeout",
    "from a request's first byte to the end of its head",
    "Slow heads are how idle attackers hold connections",
  ),
  idle: timeout(
    "idle",
    "idle-timeout",
    "for an idle connection between two requests",
    "As nginx: long enough for a page, short enough to free memory",
  ),
  body: timeout(
    "body",
    "body-timeout",
    "window in which a body must bring --minimum-body-rate",
    "A slow link may pause; a dead one must not stay",
  ),
  write: timeout("write", "write-timeout", "for a client that reads none of what waits for it", "What is not read is held in memory"),
  connect: timeout("connect", "connect-timeout", "for connecting to the Gateway", "It is on this machine or in its network"),
  hold: timeout(
    "hold",
    "websocket-hold",
    "for a WebSocket handshake to wait while the Gateway restarts",
    "A restart takes a moment, and a client that is refused waits far longer before it tries again",
  ),
  drain: timeout(
    "drain",
    "drain-timeout",
    "for requests and WebSockets to end when the edge stops",
    "Service managers kill after 90 seconds at most",
  ),
} satisfies Record<keyof Timeouts, Option<number>>);

function timeout(name: keyof Timeouts, flag: string, help: string, reason: string): Option<number> {
  return option({
    flag,
    value: "TIME",
    help,
    reason,
    range: "100ms to 24h",
    default: writeDuration(DEFAULT_TIMEOUTS[name]),
    read: duration(100, 86_400_000),
  });
}
