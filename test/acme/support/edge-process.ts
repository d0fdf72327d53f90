import { fork, type ChildProcess } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { hash } from "bcryptjs";
import { onTestFinished } from "vitest";

import type { CertificateStatus } from "../../../src/certificates/status.ts";
import type { AcmeSettings } from "../../../src/config/acme-settings.ts";
import type { EdgeConfig } from "../../../src/config/edge-config.ts";
import { DEFAULT_LIMITS } from "../../../src/config/limits.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { wholeConfig } from "../../support/whole-config.ts";
import type { Question } from "./edge-child.ts";

const SCRIPT = fileURLToPath(new URL("./edge-child.ts", import.meta.url));

export type LogLine = Readonly<Record<string, unknown>>;

export interface EdgeProcess {
  readonly child: ChildProcess;
  readonly log: LogLine[];
  readonly ready: Promise<{ readonly https: number; readonly http: number }>;
  readonly exited: Promise<number | null>;
  ask(question: "status"): Promise<readonly CertificateStatus[]>;
  ask(question: "stall"): Promise<{ readonly max: number; readonly p99: number }>;
  ask(question: { readonly renew: string }): Promise<{ readonly kind: string }>;
  close(): Promise<void>;
}

export interface EdgeProcessConfig {
  readonly host: string;
  readonly httpPort: number | false;
  readonly httpsPort: number;
  readonly settings: AcmeSettings;
  /** More names than those that are obtained. */
  readonly domains?: EdgeConfig["domains"];
  readonly upstream?: number;
  readonly state?: string;
}

/** What a process of an edge needs on disk; several starts may share it. */
export async function edgeConfig({
  host,
  httpPort,
  httpsPort,
  settings,
  domains,
  upstream = 9,
  state,
}: EdgeProcessConfig): Promise<EdgeConfig> {
  const directory = await scratchDirectory();
  const htpasswd = join(directory, "users");
  await writeFile(htpasswd, `alice:${await hash("correct horse", 4)}\n`, { mode: 0o600 });
  await mkdir(state ?? join(directory, "state"), { recursive: true, mode: 0o700 });
  return wholeConfig({
    domains: domains ?? settings.names,
    upstream: { kind: "tcp", host: "127.0.0.1", port: upstream },
    htpasswd,
    tls: { kind: "acme", ...settings },
    hosts: [host],
    httpsPort,
    httpPort,
    state: state ?? join(directory, "state"),
    limits: { ...DEFAULT_LIMITS, connectionsPerClient: 10_000 },
  });
}

export async function startEdgeProcess(
  config: EdgeConfig,
  { execPath = process.execPath, execArgv = [] }: { readonly execPath?: string; readonly execArgv?: readonly string[] } = {},
): Promise<EdgeProcess> {
  const file = join(await scratchDirectory(), "config.json");
  await writeFile(file, JSON.stringify(config));
  const child = fork(SCRIPT, [file], { stdio: ["ignore", "pipe", "pipe", "ipc"], execPath, execArgv: [...execArgv] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const log: LogLine[] = [];
  const keep = (line: string): void => {
    if (line.startsWith("{")) log.push(JSON.parse(line) as LogLine);
    else log.push({ level: "stderr", message: line });
  };
  if (child.stdout) createInterface(child.stdout).on("line", keep);
  if (child.stderr) createInterface(child.stderr).on("line", keep);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const message = <T>(key: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (sent: Readonly<Record<string, T>>): void => {
        if (!(key in sent)) return;
        child.off("message", look);
        resolve(sent[key] as T);
      };
      child.on("message", look);
      void exited.then((code) => reject(new Error(`The edge ended with ${code}: ${JSON.stringify(log.slice(-5))}`)));
    });
  const ready = message<Record<"https" | "http", readonly { readonly port: number }[]>>("ready").then(({ https, http }) => ({
    https: https[0]?.port ?? 0,
    http: http[0]?.port ?? 0,
  }));
  ready.catch(() => {});
  const ask = (question: Question): Promise<never> => {
    const answer = message<never>(typeof question === "string" ? question : "renewal");
    // Who was killed meanwhile can't be asked: his end is the answer.
    child.send(question, () => {});
    return answer;
  };
  return {
    child,
    log,
    ready,
    exited,
    ask,
    async close() {
      child.send("close" satisfies Question);
      await exited;
    },
  };
}

/** Waits until each of these names has that state, or that code as its last error. */
export async function until(edge: EdgeProcess, states: Readonly<Record<string, string>>, timeout = 150_000): Promise<void> {
  const end = performance.now() + timeout;
  for (;;) {
    const status = await edge.ask("status");
    const now = Object.fromEntries(
      status.map(({ names, state, lastError }) => [names[0], lastError === undefined ? state : lastError.code]),
    );
    if (Object.entries(states).every(([served, state]) => now[served] === state)) return;
    if (performance.now() > end) throw new Error(`Still ${JSON.stringify(status)}: ${JSON.stringify(edge.log.slice(-10))}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
