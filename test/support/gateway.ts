import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The Gateway's own default; free in a namespace of our own. */
export const GATEWAY_PORT = 18_789;
export const HOOK_TOKEN = "hook-token-of-the-test-suite";
/** For programs on the Gateway's own machine. */
export const LOCAL_PASSWORD = "local-command-line-only";

/** Milliseconds; 27 s at worst on a quiet machine, but CI is not one. */
const START = 150_000;

/** A real Gateway with a HOME of its own. */
export interface Gateway {
  readonly home: string;
  /** The pid of the running process; undefined while it is down. */
  readonly pid: number | undefined;
  /** Starts it and waits for /readyz (12 to 27 s). */
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL after 20 s. */
  stop(): Promise<void>;
  /** SIGKILL at once, as a crash. */
  kill(): Promise<void>;
  /** stop, and its HOME is deleted. */
  dispose(): Promise<void>;
}

export interface GatewayOptions {
  /** Path of openclaw.mjs. */
  readonly command: string;
  /** The origin in the browser's address bar, with the port where it is not 443. */
  readonly origin: string;
  /** Base URL of the model provider. */
  readonly model: string;
  readonly users: readonly string[];
}

/** Makes the Gateway's HOME and configuration; `start` runs it. */
export async function prepareGateway(options: GatewayOptions): Promise<Gateway> {
  const home = await mkdtemp(join(tmpdir(), "openclaw-gateway-"));
  const state = join(home, ".openclaw");
  const config = join(state, "openclaw.json");
  await mkdir(state, { mode: 0o700 });
  await mkdir(join(home, "tmp"));
  await writeFile(config, JSON.stringify(configuration(options, home), undefined, 2), { mode: 0o600 });
  let child: ChildProcess | undefined;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    if (running?.pid === undefined) return;
    // The whole process group: a Gateway may have started helpers.
    const send = (each: NodeJS.Signals): void => {
      try {
        process.kill(-(running.pid as number), each);
      } catch {
        // It is gone already.
      }
    };
    const gone =
      running.exitCode !== null || running.signalCode !== null
        ? Promise.resolve()
        : new Promise((resolve) => running.once("exit", resolve));
    send(signal);
    await Promise.race([gone, sleep(20_000)]);
    send("SIGKILL");
    await gone;
    child = undefined;
  };

  return {
    home,
    get pid() {
      return child?.pid;
    },
    async start() {
      const log = createWriteStream(join(home, "gateway.out"), { flags: "a" });
      const running = spawn(process.execPath, [options.command, "gateway", "run"], {
        cwd: home,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        env: environment(home, state, config),
      });
      child = running;
      running.stdout.pipe(log, { end: false });
      running.stderr.pipe(log, { end: false });
      let tail = "";
      for (const stream of [running.stdout, running.stderr])
        stream.on("data", (data: Buffer) => void (tail = (tail + data.toString()).slice(-4_000)));
      const deadline = Date.now() + START;
      while (!(await isReady())) {
        if (running.exitCode !== null || Date.now() > deadline) {
          await end("SIGKILL");
          throw new Error(`The Gateway did not become ready. Its last words:\n${tail}`);
        }
        await sleep(200);
      }
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async dispose() {
      await end("SIGTERM");
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** What a same-host edge needs, and the HTTP APIs beside it. */
const configuration = ({ origin, model, users }: GatewayOptions, home: string): object => ({
  logging: { file: join(home, "gateway.log") },
  gateway: {
    mode: "local",
    bind: "loopback",
    port: GATEWAY_PORT,
    publicOrigin: origin,
    trustedProxies: ["127.0.0.1", "::1"],
    auth: {
      mode: "trusted-proxy",
      // As the README has it. The command line's devices are not approved unasked, as browsers' are: alice's needs this, too.
      identityScopes: { alice: ["operator.admin"] },
      trustedProxy: {
        userHeader: "x-forwarded-user",
        requiredHeaders: ["x-forwarded-proto", "x-forwarded-host"],
        allowUsers: users,
        allowLoopback: true,
        deviceAutoApprove: { enabled: true },
      },
    },
    controlUi: { allowedOrigins: [origin] },
    http: { endpoints: { chatCompletions: { enabled: true }, responses: { enabled: true } } },
  },
  models: {
    mode: "replace",
    providers: {
      mock: {
        baseUrl: model,
        apiKey: "x",
        api: "openai-completions",
        models: [
          {
            id: "mock-1",
            name: "Mock",
            reasoning: false,
            input: ["text"],
            cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
            contextWindow: 200_000,
            maxTokens: 8_192,
          },
        ],
      },
    },
  },
  agents: { defaults: { model: { primary: "mock/mock-1" }, skipBootstrap: true } },
  hooks: { enabled: true, token: HOOK_TOKEN, path: "/hooks" },
});

const environment = (home: string, state: string, config: string): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  LANG: "C.UTF-8",
  HOME: home,
  TMPDIR: join(home, "tmp"),
  OPENCLAW_STATE_DIR: state,
  OPENCLAW_CONFIG_PATH: config,
  OPENCLAW_GATEWAY_PASSWORD: LOCAL_PASSWORD,
  OPENCLAW_SKIP_CHANNELS: "1",
  OPENCLAW_SKIP_CRON: "1",
  OPENCLAW_DISABLE_BONJOUR: "1",
  OPENCLAW_NO_RESPAWN: "1",
  OPENCLAW_NO_AUTO_UPDATE: "1",
});

const isReady = (): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port: GATEWAY_PORT, path: "/readyz", agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("error", () => resolve(false)).on("timeout", () => request.destroy());
  });
