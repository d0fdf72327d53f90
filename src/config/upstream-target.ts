import { isIP } from "node:net";

import { isPrivateName } from "./private-names.ts";
import type { UpstreamTarget } from "./edge-config.ts";
import { canonicalAddress, readServedName } from "./names.ts";
import { isMistake, mistake, shown, type Mistake, type Read } from "./read.ts";

/** Where the Gateway listens unless it was told otherwise. */
const GATEWAY = "http://127.0.0.1:18789";
/** Octets of a socket's path: what `sockaddr_un` holds on Linux, without its final NUL. */
const LONGEST_SOCKET_PATH = 107;

/** How a target is written where it stands, and whether it may be public. */
export interface TargetPlace {
  /** Who it is, at the beginning of a sentence. */
  readonly who: string;
  /** The option or key with a value, as it is to be written in a mend. */
  readonly write: (value: string) => string;
  /** What to write where the port is missing: one to begin with, and what it is. */
  readonly port: { readonly number: number; readonly what: string };
  /** What may be done about a public target besides reaching it by a private address; undefined: a public one is fine. */
  readonly publicMend: ((port: number) => string) | undefined;
}

const UPSTREAM: TargetPlace = {
  who: "The Gateway",
  write: (value) => `--upstream ${value}`,
  port: { number: 18_789, what: "; that is the Gateway's default" },
  publicMend: (port) => `Run the edge beside the Gateway (--upstream http://127.0.0.1:${port}), or reach it by a private address.`,
};

/** Where the Gateway listens. */
export function readUpstream(text: string): Read<UpstreamTarget> {
  return readTarget(text, UPSTREAM);
}

/**
 * `http://host:port` or `unix:/path/to.sock`. The hop carries the identity in clear text, so it must not leave the machine or its
 * private network.
 */
export function readTarget(text: string, place: TargetPlace): Read<UpstreamTarget> {
  if (/^unix:/i.test(text)) return readSocket(text.slice(5));
  if (text.startsWith("/")) return mistake(`${shown(text)} is a path.`, `For a unix socket write ${place.write(`unix:${text}`)}.`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== "http") return wrongScheme(text, scheme, place);
  return readUrl(text, place);
}

function readSocket(rest: string): Read<UpstreamTarget> {
  const path = rest.startsWith("//") ? rest.slice(2) : rest;
  if (!path.startsWith("/"))
    return mistake(`The socket's path ${shown(path)} is not absolute.`, "Write it from the root: unix:/run/openclaw/gateway.sock.");
  if (path.includes("\0")) return mistake("The socket's path has a NUL character.", "Write the path of the socket's file.");
  const octets = Buffer.byteLength(path);
  if (octets > LONGEST_SOCKET_PATH)
    return mistake(`The socket's path has ${octets} octets.`, `The system allows ${LONGEST_SOCKET_PATH}: move the socket.`);
  return { value: { kind: "unix", path } };
}

function wrongScheme(text: string, scheme: string | undefined, place: TargetPlace): Mistake {
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  const mend = mendTo(`http://${rest.replace(/\/.*$/, "") || "127.0.0.1:18789"}`, place);
  if (scheme === "https") {
    return mistake(`${place.who} is asked over plain HTTP, on this machine or in its private network; https is not supported there.`, mend);
  }
  if (scheme === "ws" || scheme === "wss") return mistake("WebSockets go to the same address as HTTP.", mend);
  if (scheme === undefined) return mistake(`${shown(text)} has no scheme.`, mend);
  return mistake(`The scheme ${shown(scheme)} is not supported.`, mend);
}

/** What is to be written in its place; where that would be refused as well, the mend of that. */
function mendTo(url: string, place: TargetPlace, why = ""): string {
  const read = readUrl(url, place);
  return isMistake(read) ? read.mend : `Write ${place.write(url)}${why}.`;
}

function readUrl(text: string, place: TargetPlace): Read<UpstreamTarget> {
  const url = URL.parse(text);
  if (url === null) return mistake(`${shown(text)} is no URL.`, `Write it like the default: ${GATEWAY}.`);
  const origin = `http://${url.host}`;
  // The value itself is not shown: it holds a password.
  if (url.username !== "" || url.password !== "") return mistake("The URL has a user name or password in it.", mendTo(origin, place));
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(text)) return mistake(`${shown(text)} has a query.`, mendTo(origin, place));
  if (url.pathname !== "/")
    return mistake(`${shown(text)} has a path; the client's own path is what goes upstream.`, mendTo(origin, place));
  const port = /:(\d+)\/?$/.exec(text)?.[1];
  if (port === undefined) return mistake(`${shown(text)} names no port.`, mendTo(`${origin}:${place.port.number}`, place, place.port.what));
  if (Number(port) === 0)
    return mistake("Nothing listens on port 0.", `Write ${place.write(`http://${url.hostname}:${place.port.number}`)}${place.port.what}.`);
  return readHost(url.hostname, Number(port), text, place);
}

function readHost(hostname: string, port: number, text: string, { write, publicMend }: TargetPlace): Read<UpstreamTarget> {
  const address = canonicalAddress(hostname);
  if (address === "0.0.0.0" || address === "::") {
    return mistake(`${shown(hostname)} is an address to listen on, not one to connect to.`, `Write ${write(`http://127.0.0.1:${port}`)}.`);
  }
  const name = readServedName(hostname);
  if (isMistake(name)) return mistake(`The host of ${shown(text)} is not valid.`, `Write it like the default: ${GATEWAY}.`);
  const { value } = name;
  if (publicMend !== undefined && !isPrivateName(value)) {
    return mistake(`${shown(value.value)} is public; this hop is not encrypted and carries who is signed in.`, publicMend(port));
  }
  return { value: { kind: "tcp", host: value.value, port } };
}

/** Whether a target's host is this machine itself. */
export const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

/** Whether the way to a target stays on this machine or in its private network. */
export const isPrivateTarget = (target: UpstreamTarget): boolean =>
  target.kind === "unix" || isPrivateName({ kind: isIP(target.host) === 0 ? "name" : "ip", value: target.host });
