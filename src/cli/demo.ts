import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";

import { decode, type Flags } from "../config/decode.ts";
import { canonicalAddress } from "../config/names.ts";
import { htpasswdLine, readablePassword } from "../demo/credentials.ts";
import { startDemoUpstream } from "../demo/upstream.ts";
import { printProblems } from "./problems.ts";
import { runUntilStopped } from "./run.ts";
import { openLog, start } from "./serve.ts";
import { paint } from "./terminal.ts";

const USER = "demo";
/** The port without `--https-port`, and how many after it are tried when it is taken. */
const PORT = 8_443;
const MORE_PORTS = 100;

/** `openclaw-edge demo`: the edge as it is, on embedded defaults, in front of an upstream that shows what it was given. */
export async function demo(flags: Flags): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-demo-"));
  // On exit and not after the run: a second signal and a failure must leave nothing behind either.
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  // A free port is one for each address, and a URL has one only.
  const hosts = flags["host"] ?? (flags["https-port"]?.[0] === "0" ? ["127.0.0.1"] : ownLoopback());
  const port = flags["https-port"] ?? [String(await freePort(hosts))];
  const users = join(directory, "users");
  const socket = join(directory, "upstream.sock");
  const decoding = decode({
    domain: ["localhost", ...servedAddresses(hosts), ...(flags["domain"] ?? [])],
    upstream: [`unix:${socket}`],
    htpasswd: [users],
    state: [join(directory, "state")],
    tls: ["internal"],
    host: hosts,
    "https-port": port,
    "http-port": flags["http-port"] ?? ["off"],
    "log-format": flags["log-format"] ?? ["text"],
  });
  if ("problems" in decoding) return printProblems(decoding.problems);

  const { edge: config, logFormat } = decoding.settings;
  const password = readablePassword();
  await writeFile(users, await htpasswdLine(USER, password), { mode: 0o600 });
  const upstream = await startDemoUpstream(socket);
  const log = openLog(logFormat === "text" || (logFormat === "auto" && process.stdout.isTTY));
  let isWelcomed = false;
  // What a first start tells is of a state that ends with the demo: a CA to trust on every device, an owner from now on.
  const edge = await start(config, { ...log, info: (message, details) => isWelcomed && log.info(message, details) });
  if (typeof edge === "number") {
    await upstream.close();
    return edge;
  }
  const listening = edge.addresses.https[0]?.port ?? config.httpsPort;
  process.stdout.write(
    welcome(
      config.domains.map(({ value }) => value),
      listening,
      port[0] === String(PORT) || flags["https-port"] !== undefined,
      password,
    ),
  );
  isWelcomed = true;
  const code = await runUntilStopped(edge, { log, drain: () => config.timeouts.drain });
  await upstream.close();
  return code;
}

function welcome(names: readonly string[], port: number, asWished: boolean, password: string): string {
  const out = process.stdout;
  const urls = names.map((name) => `https://${name.includes(":") ? `[${name}]` : name}${port === 443 ? "" : `:${port}`}/`);
  const [first = "", ...others] = urls;
  return [
    "",
    paint(out, "bold", "openclaw-edge demo") + ": HTTPS with a password in front of a small upstream",
    "",
    `  open      ${paint(out, "cyan", first)}`,
    `  user      ${paint(out, "bold", USER)}`,
    `  password  ${paint(out, "bold", password)}`,
    "",
    ...(asWished ? [] : [`  Port ${PORT} is taken, so this is ${port}.`]),
    "  The certificate is a local CA's own, so the browser warns once: go on past it.",
    `  Also at ${others.slice(0, 6).join(" ")}`,
    ...(others.length > 6 ? [`  and ${others.length - 6} more addresses of this machine.`] : []),
    "  Stop with Ctrl+C; nothing is left behind.",
    "",
    "",
  ].join("\n");
}

/** Nobody but this machine, unless --host says so. */
function ownLoopback(): readonly string[] {
  const hasIPv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));
  return hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
}

/** What visitors type: the addresses that are listened on, and every one of the machine where that is all of them. */
function servedAddresses(hosts: readonly string[]): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return hosts.flatMap((host) => {
    const address = canonicalAddress(host) ?? host;
    if (address !== "0.0.0.0" && address !== "::") return [address];
    // Link-local IPv6 addresses need a zone, which a URL can't have.
    return all.filter((own) => (address === "::" || own.family === "IPv4") && !own.address.startsWith("fe80:")).map((own) => own.address);
  });
}

async function freePort(hosts: readonly string[]): Promise<number> {
  for (let port = PORT; port <= PORT + MORE_PORTS; port++) {
    const free = await Promise.all(hosts.map((host) => isFree(host, port)));
    if (free.every(Boolean)) return port;
  }
  return PORT;
}

async function isFree(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once("error", (error) => resolve(!("code" in error && error.code === "EADDRINUSE")));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}
