/** Pebble on loopback addresses of its own, with a name server that it believes. Each one is another CA. */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { onTestFinished } from "vitest";

import { makeAuthority, makeCertificate, type TestAuthority } from "./certificates.ts";
import { startNameServer, type NameServer } from "./dns.ts";
import { findPebble } from "./pebble-package.ts";

export const pebble = await findPebble();
/** For `describe.skipIf(!hasPebble)`. */
export const hasPebble: boolean = pebble.kind === "found";
if (pebble.kind === "missing") console.error(`\n*** SKIPPED: tests against Pebble: ${pebble.reason}. ***\n`);

export interface PebbleOptions {
  /** Names and the addresses they resolve to. Default: every name is at `host`. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  /** Ports at which it looks for challenge answers. Default: at random; see `httpPort`, `tlsPort`. */
  readonly httpPort?: number;
  readonly tlsPort?: number;
  /** Certificates' lifetimes in seconds, by profile. Default: `default` 90 days, `shortlived` 6 days. Empty: a CA without profiles. */
  readonly profiles?: Readonly<Record<string, number>>;
  /** MAC keys (base64url) by key identifier; when given, accounts need them. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  /** Seconds of Retry-After while it validates or processes. Default 0: none. */
  readonly retryAfter?: { readonly authz: number; readonly order: number };
  /** Percent of good nonces that it rejects. Default 5. */
  readonly rejectedNonces?: number;
  /** Percent of valid authorizations that it uses again. Default 0. */
  readonly reusedAuthorizations?: number;
  /** Names that it refuses in newOrder. */
  readonly blocked?: readonly string[];
  /** Seconds that it sleeps at most before it looks. Default 0. */
  readonly sleep?: number;
  /** It takes every challenge for answered. */
  readonly alwaysValid?: boolean;
  /** Where it listens; default: a loopback address of its own at random. */
  readonly host?: string;
}

export interface RunningPebble {
  /** An address of 127.0.0.0/8 that nobody else uses; names resolve to it by default. */
  readonly host: string;
  readonly directory: { readonly url: string; readonly caFile: string };
  /** host:port of the ACME server. */
  readonly authority: string;
  /** Vouches for its own TLS. */
  readonly ca: TestAuthority;
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly names: NameServer["records"];
  /** What it resolves names with. */
  readonly nameServer: NameServer;
  /** PEM of the root that vouches for the certificates it issues. */
  issuerRoot(): Promise<string>;
  /** Forces what ARI says of a certificate: a window, or an error status with a body. */
  setRenewalInfo(certificate: string, response: object | string, status?: number): Promise<void>;
  /** By serial number, hexadecimal. */
  statusOf(serialNumber: string): Promise<{ readonly Status: string; readonly Reason?: number }>;
  /** Its own log. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

const DAY = 86_400;

/** Ends with the test, unless `close` ends it before; `keep` leaves that to the caller (for beforeAll). */
export async function startPebble(options: PebbleOptions = {}, keep = false): Promise<RunningPebble> {
  for (let attempt = 1; ; attempt++) {
    try {
      const running = await start(options);
      if (!keep) onTestFinished(() => running.close());
      return running;
    } catch (cause) {
      if (attempt === 3) throw cause; // a port was taken
    }
  }
}

async function start(options: PebbleOptions): Promise<RunningPebble> {
  if (pebble.kind === "missing") throw new Error(pebble.reason);
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-pebble-"));
  const host = options.host ?? `127.${randomInt(1, 250)}.${randomInt(1, 250)}.${randomInt(2, 250)}`;
  const [port, managementPort] = [14_000, 15_000];
  const httpPort = options.httpPort ?? randomInt(20_000, 26_000);
  const tlsPort = options.tlsPort ?? randomInt(26_000, 32_000);
  const ca = await makeAuthority({ name: "Pebble's own TLS" });
  const own = await makeCertificate({ names: [host, "localhost", "127.0.0.1"], issuer: ca });
  const nameServer = await startNameServer(host, options.names ?? { "*": [host] });
  const file = (name: string): string => join(directory, name);
  await Promise.all([
    writeFile(file("cert.pem"), own.chain),
    writeFile(file("key.pem"), own.key),
    writeFile(file("ca.pem"), ca.root),
    writeFile(file("config.json"), JSON.stringify(configuration(options, { host, port, managementPort, httpPort, tlsPort }))),
  ]);
  const child = spawn(pebble.command, ["-config", "config.json", "-dnsserver", nameServer.address], {
    cwd: directory,
    env: {
      PEBBLE_WFE_NONCEREJECT: String(options.rejectedNonces ?? 5),
      PEBBLE_AUTHZREUSE: String(options.reusedAuthorizations ?? 0),
      ...(options.sleep === undefined ? { PEBBLE_VA_NOSLEEP: "1" } : { PEBBLE_VA_SLEEPTIME: String(options.sleep) }),
      ...(options.alwaysValid === true && { PEBBLE_VA_ALWAYS_VALID: "1" }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
    nameServer.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const read = (line: string): void => {
        log.push(line);
        if (line.includes("ACME directory available at")) resolve();
      };
      createInterface(child.stdout).on("line", read);
      createInterface(child.stderr).on("line", read);
      child.once("error", reject);
      void exited.then(() => reject(new Error(`Pebble ended: ${log.slice(-3).join(" ")}`)));
    });
    const offered = await answers(host, port, ca.root);
    if (!offered.includes("renewalInfo")) throw new Error("This Pebble is older than 2.10: name a newer one by $PEBBLE.");
  } catch (cause) {
    await close();
    throw cause;
  }
  const manage = (method: string, path: string, body?: string): Promise<string> =>
    call({ host, port: managementPort, ca: ca.root, method, path, body });
  return {
    host,
    directory: { url: `https://${host}:${port}/dir`, caFile: file("ca.pem") },
    authority: `${host}:${port}`,
    ca,
    httpPort,
    tlsPort,
    names: nameServer.records,
    nameServer,
    log,
    issuerRoot: () => manage("GET", "/roots/0"),
    async setRenewalInfo(certificate, response, status = 200) {
      const text = typeof response === "string" ? response : JSON.stringify(response);
      await manage("POST", "/set-renewal-info/", JSON.stringify({ certificate, ariResponse: text, status }));
    },
    async statusOf(serialNumber) {
      return JSON.parse(await manage("GET", `/cert-status-by-serial/${serialNumber.toLowerCase().replace(/^0+/, "")}`));
    },
    close,
  };
}

function configuration(
  {
    externalAccounts,
    retryAfter = { authz: 0, order: 0 },
    profiles = { default: 90 * DAY, shortlived: 6 * DAY },
    blocked = [],
  }: PebbleOptions,
  listen: {
    readonly host: string;
    readonly port: number;
    readonly managementPort: number;
    readonly httpPort: number;
    readonly tlsPort: number;
  },
): object {
  return {
    pebble: {
      listenAddress: `${listen.host}:${listen.port}`,
      managementListenAddress: `${listen.host}:${listen.managementPort}`,
      certificate: "cert.pem",
      privateKey: "key.pem",
      httpPort: listen.httpPort,
      tlsPort: listen.tlsPort,
      externalAccountBindingRequired: externalAccounts !== undefined,
      ...(externalAccounts && { externalAccountMACKeys: externalAccounts }),
      domainBlocklist: blocked,
      retryAfter,
      keyAlgorithm: "ecdsa",
      profiles: Object.fromEntries(
        Object.entries(profiles).map(([name, validityPeriod]) => [
          name,
          { description: `certificates for ${validityPeriod} s`, validityPeriod },
        ]),
      ),
    },
  };
}

/** Its directory, once there is one: it says that it listens just before it does. */
async function answers(host: string, port: number, ca: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call({ host, port, ca, method: "GET", path: "/dir" });
    } catch (cause) {
      if (attempt === 1_000) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

interface Call {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string | undefined;
}

function call({ host, port, ca, method, path, body }: Call): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, ca, method, path, agent: false, headers: { "user-agent": "tests" } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.on("error", reject).on("end", () => {
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
      });
    });
    sent.on("error", reject).end(body);
  });
}
