import { domainToUnicode } from "node:url";

import type { Status } from "../admin/status.ts";
import type { EdgeConfig, UpstreamTarget } from "../config/edge-config.ts";
import type { Edge } from "../edge.ts";
import { paint, wrap } from "./terminal.ts";

type Running = Pick<Edge, "addresses" | "certificates">;

/** Columns before what is said. */
const COLUMN = 15;
/** Names and missing things that are written out. */
const [MOST_NAMES, MOST_MISSING] = [4, 3];

/** For a person at a terminal: who we are, what is served, to whom, with which certificate, and what is missing. A line each, wrapped. */
export function banner(
  edge: Running,
  config: EdgeConfig,
  status: Status,
  { version, file }: { version: string; file: string | undefined },
): string {
  const [out, missing] = [process.stderr, missingThings(status)];
  const entry = (name: string, text: string): string => {
    const [first = "", ...rest] = wrap(text, " ".repeat(COLUMN));
    return [`  ${name.padEnd(COLUMN - 2)}${first.trimStart()}`, ...rest].join("\n");
  };
  const { count } = status.users;
  const lines = [
    wrap(`openclaw-edge ${version}${file === undefined ? "" : `, configured by ${file}`}, state in ${config.state}`, "  ")
      .join("\n")
      .trimStart()
      .replace("openclaw-edge", (name) => paint(out, "bold", name)),
    entry(
      "serves",
      `the Gateway (${target(config.upstream)})${routes(config)} at ${paint(out, "cyan", several(urls(edge, config).map(withUnicode), MOST_NAMES))}`,
    ),
    entry(
      "to",
      `${count} ${count === 1 ? "user" : "users"} (${config.htpasswd}), signed in ${config.login === "page" ? "on a page" : "by the browser's dialog"}${strangers(config)}`,
    ),
    entry("certificate", edge.certificates.describe()),
    entry("missing", missing.length === 0 ? "nothing" : paint(out, "yellow", several(missing, MOST_MISSING))),
  ];
  return `${lines.join("\n")}\n`;
}

function routes({ routes: { length } }: EdgeConfig): string {
  return length === 0 ? "" : ` and ${length === 1 ? "a route" : `${length} routes`}`;
}

function strangers(config: EdgeConfig): string {
  const open = opened(config);
  return open.length === 0 ? "" : `; without a sign-in to strangers: ${open.join(", ")} (openclaw-edge routes says what that is)`;
}

/** What is open without a sign-in, each name once. */
function opened({ expose, routes: others }: EdgeConfig): readonly string[] {
  return [...new Set([...expose, ...others.flatMap((route) => route.expose ?? [])])];
}

function missingThings({ gateway, names, certificates, authority, notices }: Status): readonly string[] {
  // A notice about a name says more than that its certificate is being obtained.
  const told = new Set([...certificates.map(({ name }) => name), ...notices.map(({ where }) => where)]);
  const without = names.filter((name) => !told.has(name));
  return [
    ...(gateway.state === "ready" ? [] : [gateway.state === "down" ? "the Gateway (no answer)" : "the Gateway (it is starting)"]),
    ...(without.length === 0 ? [] : [`a certificate for ${several(without, MOST_NAMES)} (it is being obtained)`]),
    ...(authority === undefined ? [] : ["trust in the CA (openclaw-edge trust)"]),
    ...notices.map(({ where, what }) => `${where}: ${what}`),
  ];
}

/** The same for the structured log. */
export function facts(edge: Running, config: EdgeConfig, file: string | undefined): Readonly<Record<string, unknown>> {
  const written = (addresses: Edge["addresses"]["https"]): readonly string[] =>
    addresses.map(({ address, port }) => `${bracketed(address)}:${port}`);
  return {
    urls: urls(edge, config),
    https: written(edge.addresses.https),
    http: written(edge.addresses.http),
    upstream: target(config.upstream),
    users: config.htpasswd,
    state: config.state,
    certificate: edge.certificates.describe(),
    ...(config.routes.length > 0 && { routes: config.routes.length }),
    ...(opened(config).length > 0 && { open: opened(config) }),
    ...(file !== undefined && { configuration: file }),
    ...(edge.certificates.authority !== undefined && { authority: edge.certificates.authority }),
  };
}

function urls(edge: Running, config: EdgeConfig): readonly string[] {
  const port = edge.addresses.https[0]?.port ?? config.httpsPort;
  return config.domains.map(({ value }) => `https://${bracketed(value)}${port === 443 ? "" : `:${port}`}`);
}

/** An international name as it is served, and as it is read. */
function withUnicode(url: string): string {
  const { hostname } = new URL(url);
  return hostname.includes("xn--") ? `${url} (${domainToUnicode(hostname)})` : url;
}

function several(texts: readonly string[], most: number): string {
  const more = texts.length - most;
  return more > 0 ? `${texts.slice(0, most).join(", ")} and ${more} more` : texts.join(", ");
}

function target(upstream: UpstreamTarget): string {
  return upstream.kind === "unix" ? `unix:${upstream.path}` : `http://${bracketed(upstream.host)}:${upstream.port}`;
}

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);
