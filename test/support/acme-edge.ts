/** A real edge that obtains its certificates from Pebble, on the ports where Pebble looks. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect, type ConnectionOptions, type PeerCertificate } from "node:tls";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import type { AcmeServer, AcmeSettings } from "../../src/config/acme-settings.ts";
import type { ServedName } from "../../src/config/served-name.ts";
import { startEdge, type TestEdge, type TestEdgeOptions } from "./edge.ts";
import type { RunningPebble } from "./pebble.ts";
import { scratchDirectory } from "./scratch.ts";
import { acmeServer, wholeAcmeSettings } from "./whole-config.ts";

export interface AcmeEdgeOptions extends Partial<TestEdgeOptions> {
  readonly names?: readonly [ServedName, ...ServedName[]];
  readonly acme?: Partial<AcmeSettings>;
  /** What to take for the CA's directory; default: Pebble's own. */
  readonly directories?: readonly [
    { readonly url: string; readonly caFile: string },
    ...{ readonly url: string; readonly caFile: string }[],
  ];
}

export interface AcmeEdge extends TestEdge {
  readonly certs: string;
  /** Completes a handshake with that server name, and gives the certificate that was shown. Rejects as the socket does. */
  shown(serverName: string, options?: ConnectionOptions): Promise<PeerCertificate>;
  /** Asks the plain listener. */
  get(path: string, host?: string): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }>;
}

export const NAME: ServedName = { kind: "name", value: "ai.example.com" };

export function serverOf(directory: { readonly url: string; readonly caFile: string }, more: Partial<AcmeServer> = {}): AcmeServer {
  return acmeServer(directory.url, { caFile: directory.caFile, ...more });
}

export async function acmeSettings(
  pebble: RunningPebble,
  { names = [NAME], acme = {}, directories = [pebble.directory] }: Pick<AcmeEdgeOptions, "names" | "acme" | "directories"> = {},
): Promise<AcmeSettings> {
  const [first, ...others] = directories;
  return wholeAcmeSettings({
    names,
    certificates: join(await scratchDirectory(), "certs"),
    servers: [serverOf(first), ...others.map((directory) => serverOf(directory))],
    profile: "default",
    validation: { http: pebble.httpPort, https: pebble.tlsPort },
    nameServer: pebble.nameServer.address,
    ...acme,
  });
}

export async function acmeEdge(pebble: RunningPebble, options: AcmeEdgeOptions = {}): Promise<AcmeEdge> {
  const { names: _names, acme: _acme, directories: _directories, ...rest } = options;
  const settings = await acmeSettings(pebble, options);
  const edge = await startEdge({
    upstream: 9,
    domains: settings.names,
    hosts: [pebble.host],
    httpsPort: pebble.tlsPort,
    httpPort: pebble.httpPort,
    tls: { kind: "acme", ...settings },
    ...rest,
  });
  onTestFinished(() => edge.close());
  return {
    ...edge,
    certs: settings.certificates,
    shown: (serverName, tlsOptions) => shown(pebble.host, edge.port, serverName, tlsOptions),
    get: (path, host = NAME.value) => get(pebble.host, edge.httpPort, path, host),
  };
}

export function shown(host: string, port: number, servername: string, options: ConnectionOptions = {}): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername, rejectUnauthorized: false, ...options });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed without an error")));
    socket.once("secureConnect", () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
  });
}

export function get(host: string, port: number, path: string, name: string): ReturnType<AcmeEdge["get"]> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host, port, path, headers: { host: name, accept: "text/html" }, agent: false }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })).on("error", reject);
    });
    asked.on("error", reject).end();
  });
}
