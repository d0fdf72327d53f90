import type { EdgeConfig, UpstreamTarget } from "../config/edge-config.ts";
import type { Edge } from "../edge.ts";
import { paint } from "./terminal.ts";

type Running = Pick<Edge, "addresses" | "certificates">;

/** What is served, to whom, and from which certificate: five lines at most, for a person at a terminal. */
export function banner(edge: Running, config: EdgeConfig, version: string): string {
  const { authority } = edge.certificates;
  const lines = [
    `${paint(process.stderr, "bold", "openclaw-edge")} ${version}  ${paint(process.stderr, "cyan", urls(edge, config).join("  "))}`,
    `  Gateway      ${target(config.upstream)}, told who is signed in by ${config.userHeader}`,
    `  users        ${config.htpasswd}`,
    `  certificate  ${edge.certificates.describe()}`,
    ...(authority === undefined ? [] : [`  ${paint(process.stderr, "yellow", "to do")}        browsers warn until that CA is trusted`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** The same for the structured log. */
export function facts(edge: Running, config: EdgeConfig): Readonly<Record<string, unknown>> {
  const written = (addresses: Edge["addresses"]["https"]): readonly string[] =>
    addresses.map(({ address, port }) => `${bracketed(address)}:${port}`);
  return {
    urls: urls(edge, config),
    https: written(edge.addresses.https),
    http: written(edge.addresses.http),
    upstream: target(config.upstream),
    users: config.htpasswd,
    certificate: edge.certificates.describe(),
    ...(edge.certificates.authority !== undefined && { authority: edge.certificates.authority }),
  };
}

function urls(edge: Running, config: EdgeConfig): readonly string[] {
  const port = edge.addresses.https[0]?.port ?? config.httpsPort;
  return config.domains.map(({ value }) => `https://${bracketed(value)}${port === 443 ? "" : `:${port}`}`);
}

function target(upstream: UpstreamTarget): string {
  return upstream.kind === "unix" ? `unix:${upstream.path}` : `http://${bracketed(upstream.host)}:${upstream.port}`;
}

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);
