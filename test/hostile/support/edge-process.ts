/** The edge as an operator runs it: the command in a process of its own, looked at from outside. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";

import { USERS } from "../../support/edge.ts";
import { rawClient, type RawClient, type RawClientOptions } from "../../support/raw-client.ts";
import { usersText } from "../../support/users-text.ts";
import { edgeDirectory, type EdgeDirectory } from "./edge-directory.ts";
import type { Insight } from "./probe.ts";

const BIN = new URL("../../../src/cli/bin.ts", import.meta.url).pathname;
const PROBE = new URL("./probe.ts", import.meta.url).href;
const CLOCK = new URL("./wall-clock.ts", import.meta.url).href;

export interface EdgeProcessOptions {
  /** Port of 127.0.0.1. */
  readonly upstream: number;
  /** Flags besides the usual ones. */
  readonly flags?: readonly string[];
  readonly users?: Readonly<Record<string, string>>;
  /** bcrypt's. Default 4: most attacks are not about passwords. */
  readonly cost?: number;
}

/** The ends of connections in the edge's process, counted from its file descriptors. */
export interface Sockets {
  readonly clients: number;
  readonly upstream: number;
  /** Sockets that the kernel's table has no more, since the peer has reset them, and that the process has not closed yet. */
  readonly dead: number;
}

export type LogLine = Readonly<Record<string, unknown>>;

/** Time-outs short enough for a test; what they are made for does not depend on their length. */
export const SHORT = [
  "--first-byte-timeout",
  "2s",
  "--handshake-timeout",
  "2s",
  "--head-timeout",
  "2s",
  "--body-timeout",
  "2s",
  "--write-timeout",
  "3s",
];

/** For what is not about guessing: many wrong passwords, or many first ones at once, come from one address here. */
export const UNTHROTTLED = ["--failed-sign-ins", "1000"];

export class EdgeProcess {
  readonly port: number;
  readonly httpPort: number;
  /** PEM of the authority that clients have to trust. */
  readonly ca: string;
  readonly htpasswd: string;
  /** Lines of the log so far. */
  readonly log: LogLine[];
  readonly #child: ChildProcess;
  readonly #directory: EdgeDirectory;
  readonly #upstream: number;
  /** Listening ones, standard output and the like. */
  readonly #ownSockets: number = 0;
  readonly #exit: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;

  constructor(
    child: ChildProcess,
    parts: Pick<EdgeProcess, "port" | "httpPort" | "ca" | "htpasswd" | "log"> & { directory: EdgeDirectory; upstream: number },
  ) {
    this.port = parts.port;
    this.httpPort = parts.httpPort;
    this.ca = parts.ca;
    this.htpasswd = parts.htpasswd;
    this.log = parts.log;
    this.#child = child;
    this.#directory = parts.directory;
    this.#upstream = parts.upstream;
    this.#exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    this.#ownSockets = this.sockets().dead;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the process has ended. */
  get exit(): Promise<readonly [code: number | null, signal: NodeJS.Signals | null]> {
    return this.#exit;
  }

  connect(options?: Partial<RawClientOptions>): Promise<RawClient> {
    return rawClient({ port: this.port, ca: this.ca, ...options });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Octets of resident memory; 0 when the process is ending. */
  rss(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  }

  /** TCP sockets that the process holds, in whatever state. */
  sockets(): Sockets {
    const inodes = new Set<string>();
    const directory = `/proc/${this.#child.pid}/fd`;
    for (const fd of readdirSync(directory)) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${directory}/${fd}`))?.[1];
        if (inode !== undefined) inodes.add(inode);
      } catch {
        // Closed since the directory was read.
      }
    }
    let clients = 0;
    let upstream = 0;
    let dead = inodes.size - this.#ownSockets;
    for (const line of readFileSync(`/proc/${this.#child.pid}/net/tcp`, "latin1").split("\n").slice(1)) {
      const [, local = "", remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
      if (state === LISTENING || !inodes.has(inode)) continue;
      const [localPort, remotePort] = [local, remote].map((address) => Number.parseInt(address.slice(-4), 16));
      if (localPort === this.port || localPort === this.httpPort) clients++;
      else if (remotePort === this.#upstream) upstream++;
      dead--;
    }
    return { clients, upstream, dead };
  }

  /** Waits for the answer of `probe.ts` in the process. */
  async insight(): Promise<Insight> {
    const answer = once(this.#child, "message");
    this.#child.send("insight");
    const [insight] = (await answer) as [Insight];
    return insight;
  }

  /** Sets the wall clock of the process: milliseconds beside the right time. Its timers go by another clock, as they do when somebody sets it. */
  setClock(by: number): void {
    this.#child.send({ clock: by });
  }

  /** Milliseconds of CPU that the process has used. */
  cpu(): number {
    const [, user, system] = /^\d+ \(.*\) (?:\S+ ){11}(\d+) (\d+) /.exec(readFileSync(`/proc/${this.#child.pid}/stat`, "latin1")) ?? [];
    return (Number(user) + Number(system)) * 10;
  }

  /** Replaces the users file as an operator's tool does, by a rename. */
  async setUsers(users: Readonly<Record<string, string>>, cost = 4): Promise<void> {
    await this.setUsersFile(await usersText(users, cost));
  }

  async setUsersFile(text: string): Promise<void> {
    await writeFile(`${this.htpasswd}.new`, text, { mode: 0o600 });
    await rename(`${this.htpasswd}.new`, this.htpasswd);
  }

  async close(): Promise<void> {
    if (this.alive) this.#child.kill("SIGKILL");
    await this.#exit;
    await this.#directory.remove();
  }
}

/** TCP_LISTEN of the kernel's tcp_states.h. */
const LISTENING = "0A";

export async function startEdgeProcess({ upstream, flags = [], users = USERS, cost = 4 }: EdgeProcessOptions): Promise<EdgeProcess> {
  const directory = await edgeDirectory(users, cost);
  const options = ["serve", "--host", "127.0.0.1", "--https-port", "0", "--http-port", "0", "--log-format", "json"];
  const child = fork(BIN, [...options, ...directory.flags, "--upstream", `http://127.0.0.1:${upstream}`, ...flags], {
    execArgv: ["--expose-gc", "--import", PROBE, "--import", CLOCK],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const log: LogLine[] = [];
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const serving = Promise.withResolvers<LogLine>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) => {
    const line = JSON.parse(text) as LogLine;
    log.push(line);
    if (line["event"] === "serving") serving.resolve(line);
  });
  child.once("exit", (code, signal) => serving.reject(new Error(`The edge ended (${code ?? signal}) before it served: ${stderr}`)));
  const line = await serving.promise;
  const port = (kind: string): number => Number(/:(\d+)/.exec(String((line[kind] as readonly unknown[])[0]))?.[1]);
  return new EdgeProcess(child, {
    port: port("https"),
    httpPort: port("http"),
    ca: directory.ca,
    htpasswd: directory.htpasswd,
    log,
    directory,
    upstream,
  });
}
