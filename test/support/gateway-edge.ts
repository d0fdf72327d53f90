import { spawn, type ChildProcess } from "node:child_process";
import { rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";

import { hash } from "bcryptjs";

import { makeAuthority, makeCertificate } from "./certificates.ts";

/** The variable that names the command: the installed package's. Without it, it is run from its sources. */
export const EDGE_COMMAND = "EDGE_TEST_COMMAND";
export const COMMAND = process.env[EDGE_COMMAND] ?? fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));

/** `openclaw-edge serve` as its own process, as an operator runs it: port 443, an htpasswd file, certificate files. */
export interface EdgeProcess {
  /** PEM of the authority that clients must trust. */
  readonly ca: string;
  /** Where its users and its state are. */
  readonly files: { readonly htpasswd: string; readonly state: string };
  /** What it has written so far: its log. */
  readonly output: () => string;
  /** Replaces the users file, as an operator's tool does: by a rename. The edge takes it up by itself. */
  setUsers(users: Readonly<Record<string, string>>): Promise<void>;
  /** Runs it and waits until its port speaks TLS. */
  start(): Promise<void>;
  /** Sends SIGTERM; resolves to its exit code (null: it had to be killed after 20 s). */
  stop(): Promise<number | null>;
}

export interface EdgeProcessOptions {
  /** An existing directory for its files. */
  readonly directory: string;
  readonly domain: string;
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** For HTTPS. Default 443, and port 80 redirects to it; with another one nothing redirects. */
  readonly port?: number;
  /** More of the command line. */
  readonly flags?: readonly string[];
}

export async function prepareEdge({ directory, domain, users, port = 443, flags: more = [] }: EdgeProcessOptions): Promise<EdgeProcess> {
  const authority = await makeAuthority();
  const { chain, key } = await makeCertificate({ names: [domain], issuer: authority });
  const hashes = new Map(
    await Promise.all(Object.entries(users).map(async ([name, password]) => [name, await hash(password, 6)] as const)),
  );
  const lines = (of: Readonly<Record<string, string>>): string =>
    Object.keys(of)
      .map((name) => `${name}:${hashes.get(name)}\n`)
      .join("");
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const flags = [
    ...["--domain", domain],
    ...["--htpasswd", await file("users.htpasswd", lines(users))],
    ...["--cert", await file("fullchain.pem", chain)],
    ...["--key", await file("privkey.pem", key)],
    ...["--state", join(directory, "state")],
    ...(port === 443 ? [] : ["--https-port", String(port), "--http-port", "off"]),
    ...more,
  ];
  // The suite's own variables begin like the edge's, which refuses those that it does not know.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OPENCLAW_EDGE_")));
  let child: ChildProcess | undefined;
  let output = "";

  return {
    ca: authority.root,
    files: { htpasswd: join(directory, "users.htpasswd"), state: join(directory, "state") },
    output: () => output,
    async setUsers(next) {
      const path = await file("users.htpasswd.new", lines(next));
      await rename(path, join(directory, "users.htpasswd"));
    },
    async start() {
      const running = spawn(process.execPath, [COMMAND, "serve", ...flags], { cwd: directory, stdio: ["ignore", "pipe", "pipe"], env });
      child = running;
      for (const stream of [running.stdout, running.stderr]) stream.on("data", (data: Buffer) => void (output += data.toString()));
      const deadline = Date.now() + 20_000;
      while (!(await speaksTls(port, domain, authority.root))) {
        if (running.exitCode !== null || Date.now() > deadline) throw new Error(`The edge did not start. It said:\n${output}`);
        await sleep(50);
      }
    },
    async stop() {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null) return running?.exitCode ?? null;
      const gone = new Promise<number | null>((resolve) => running.once("exit", resolve));
      running.kill("SIGTERM");
      const force = setTimeout(() => running.kill("SIGKILL"), 20_000);
      const code = await gone;
      clearTimeout(force);
      return code;
    },
  };
}

const speaksTls = (port: number, servername: string, ca: string): Promise<boolean> =>
  new Promise((resolve) => {
    // An address is never sent as a server name (RFC 6066 §3): it is what is connected to.
    const where = isIP(servername) === 0 ? { host: "127.0.0.1", servername } : { host: servername, servername: "" };
    const socket = connect({ ...where, port, ca });
    socket.once("secureConnect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
