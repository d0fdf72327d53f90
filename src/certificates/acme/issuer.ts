/** The parent's side of the child process: asks, answers its questions, and is never held up by it. */
import { fork, type ChildProcess } from "node:child_process";
import { setPriority } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

import type { AcmePatience, AcmeProtocol, Failed, IssuedCertificate, IssueHooks } from "./contract.ts";
import { NO_DEBUGGER } from "../no-debugger.ts";
import { answerQuestions } from "./answer-questions.ts";
import { oneLine } from "./failure.ts";
import { isFromChild, type Outcome, type Task, type ToChild } from "./messages.ts";

const PATIENCE: AcmePatience = { request: 30_000, decision: 180_000, work: 900_000 };

// Not rewritten by the compiler, as an import would be: the ending is this file's own, .ts in a checkout and .js in the package.
const SCRIPT = fileURLToPath(new URL(`./acme-child${extname(import.meta.url)}`, import.meta.url));

/** Octets of the child's stderr that are kept for the log. */
const LAST_WORDS = 2_000;

/** What the child may know of the environment: how to start and to reach the network, and nothing of the edge's secrets. */
const ENVIRONMENT = [
  "PATH",
  "TZ",
  "LANG",
  "LD_LIBRARY_PATH",
  "OPENSSL_CONF",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_USE_SYSTEM_CA",
  "NODE_USE_ENV_PROXY",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

export function acmeProtocol(patience: Partial<AcmePatience> = {}): AcmeProtocol {
  const limits: AcmePatience = { ...PATIENCE, ...patience };
  return {
    async issue(request, hooks, signal) {
      const { outcome, issued } = await inChild({ task: "issue", request }, hooks, limits, signal);
      // Stored is issued, whatever became of the child afterwards.
      if (issued !== undefined) return { kind: "issued", ...issued };
      return outcome.kind === "failed" ? outcome : ended(`It answered "${outcome.kind}" and no certificate.`);
    },
    async renewalInfo(directory, certificate, signal) {
      const { outcome } = await inChild({ task: "renewalInfo", request: { directory, certificate } }, SILENT, limits, signal);
      return outcome.kind === "window" || outcome.kind === "unsupported" ? outcome : failedOr(outcome);
    },
    async revoke(request, signal) {
      const { outcome } = await inChild({ task: "revoke", request }, SILENT, limits, signal);
      return outcome.kind === "revoked" ? outcome : failedOr(outcome);
    },
    async register({ directory, account }, hooks, signal) {
      const { outcome } = await inChild({ task: "register", request: { directory, account } }, { ...SILENT, ...hooks }, limits, signal);
      return outcome.kind === "registered" ? outcome : failedOr(outcome);
    },
    async directory(directory, signal) {
      const { outcome } = await inChild({ task: "directory", request: { directory } }, SILENT, limits, signal);
      return outcome.kind === "directory" ? outcome : failedOr(outcome);
    },
  };
}

/** For work that asks nothing. */
const SILENT: IssueHooks = {
  registering: async () => false,
  ordering: async () => false,
  present: async () => {},
  cleanUp: async () => {},
  failedAuthorization: async () => {},
  store: async () => {},
  notice: () => {},
};

interface Ended {
  readonly outcome: Outcome;
  /** Stored by the hook. */
  readonly issued: IssuedCertificate | undefined;
}

async function inChild(task: Task, hooks: IssueHooks, patience: AcmePatience, signal: AbortSignal): Promise<Ended> {
  signal.throwIfAborted();
  const child = fork(SCRIPT, {
    execArgv: [...NO_DEBUGGER],
    env: environment(),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "json",
  });
  yieldToTraffic(child);
  const lastWords = keepLastWords(child);
  const asking = answerQuestions(child, hooks);
  let outcome: Outcome | undefined;
  let whyKilled: string | undefined;
  const kill = (why: string): void => {
    whyKilled ??= why;
    child.kill("SIGKILL");
  };

  const timer = setTimeout(kill, patience.work, `It took longer than ${patience.work} ms.`);
  const abort = (): void => kill("It was aborted.");
  signal.addEventListener("abort", abort, { once: true });
  child.on("message", (message: unknown) => {
    if (!isFromChild(message)) return kill("It sent a message that is none of ours.");
    switch (message.kind) {
      case "ready":
        return send(child, { kind: "work", task, patience });
      case "question":
        return asking.answer(message.id, message.question, kill);
      case "notice":
        return hooks.notice(message.notice);
      case "done":
        outcome ??= message.outcome;
        return;
      default:
        message satisfies never;
    }
  });
  const exit = await exitOf(child);
  clearTimeout(timer);
  signal.removeEventListener("abort", abort);
  await asking.end();
  signal.throwIfAborted();
  if (asking.thrown !== undefined) throw asking.thrown.cause;
  return { issued: asking.stored, outcome: outcome ?? ended(whyKilled ?? `It ended with ${exit}. ${lastWords()}`) };
}

/** Nice 10: on a machine of one core its start (0.3 s of CPU) must not stand in the way of those who are being served. */
function yieldToTraffic({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, 10);
  } catch {
    // It has ended already, or the system knows no priorities.
  }
}

const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => {}); // that it has gone is told by its exit
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => child.pid === undefined && resolve(error.message)); // could not be started at all
    child.once("close", (code, killedBy) => resolve(killedBy ?? `code ${code}`));
  });
}

function keepLastWords(child: ChildProcess): () => string {
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    words = (words + chunk).slice(-LAST_WORDS);
  });
  return () => words;
}

function ended(detail: string): Failed & { readonly failedNames: readonly [] } {
  const problem = { code: "childEnded", detail: oneLine(detail), subproblems: [] } as const;
  return { kind: "failed", stage: "local", problem, failedNames: [] };
}

function failedOr(outcome: Outcome): Failed {
  if (outcome.kind !== "failed") return ended(`It answered "${outcome.kind}".`);
  const { failedNames: _none, ...failed } = outcome;
  return failed;
}
