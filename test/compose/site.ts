import { execFile, spawn } from "node:child_process";
import { chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What a clone has and a build needs. */
const PARTS = [
  ...[
    "src",
    "scripts",
    "contrib",
    "docker",
    "certs",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
    "tsconfig.build.json",
  ],
  ...[
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    "Dockerfile",
    ".dockerignore",
    "docker-compose.yml",
    "docker-compose.host.yml",
  ],
];
/** The user of the images. */
export const CONTAINER_USER = 1000;

export interface Output {
  readonly code: number;
  /** Standard output and error. */
  readonly text: string;
}

/** Somebody's folder with a clone in it, from which they run docker compose. */
export class Site {
  readonly directory = mkdtempSync(join(tmpdir(), "openclaw-edge-compose-"));
  readonly #environment: Readonly<Record<string, string>>;

  constructor(environment: Readonly<Record<string, string>>, password: string | undefined) {
    this.#environment = environment;
    for (const part of PARTS) cpSync(join(ROOT, part), join(this.directory, part), { recursive: true, force: true, errorOnExist: false });
    mkdirSync(join(this.directory, "secrets"), { mode: 0o700 });
    chownSync(join(this.directory, "secrets"), CONTAINER_USER, CONTAINER_USER);
    chownSync(join(this.directory, "certs"), CONTAINER_USER, CONTAINER_USER);
    if (password === undefined) return;
    writeFileSync(join(this.directory, "secrets", "edge_password"), password, { mode: 0o600 });
    chownSync(join(this.directory, "secrets", "edge_password"), CONTAINER_USER, CONTAINER_USER);
  }

  docker(...args: readonly string[]): Promise<Output> {
    return new Promise((resolve) => {
      const options = { cwd: this.directory, env: { ...process.env, ...this.#environment }, maxBuffer: 67_108_864, timeout: 600_000 };
      execFile("docker", [...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, text: `${stdout}${stderr}` });
      });
    });
  }

  compose(...args: readonly string[]): Promise<Output> {
    return this.docker("compose", ...args);
  }

  /** A command that must not fail. */
  async done(...args: readonly string[]): Promise<string> {
    const { code, text } = await this.compose(...args);
    if (code !== 0) throw new Error(`docker compose ${args.join(" ")} ended with ${code}:\n${text.slice(-3_000)}`);
    return text;
  }

  /** Of the service's container, by a Go template. */
  async inspect(service: string, format: string): Promise<string> {
    const id = (await this.done("ps", "--all", "--quiet", service)).trim();
    return (await this.docker("inspect", id, "--format", format)).text.trim();
  }

  async untilHealthy(...services: readonly string[]): Promise<void> {
    const deadline = Date.now() + 180_000;
    for (const service of services) {
      while ((await this.inspect(service, "{{.State.Health.Status}}")) !== "healthy") {
        if (Date.now() > deadline) throw new Error(`${service} is not healthy:\n${await this.done("logs", "--tail", "30", service)}`);
        await sleep(500);
      }
    }
  }

  /** Follows the log until a line holds the text. */
  async untilLogged(service: string, text: string): Promise<string> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const log = await this.done("logs", service);
      const line = log.split("\n").findLast((each) => each.includes(text));
      if (line !== undefined) return line;
      if (Date.now() > deadline) throw new Error(`${service} never said ${JSON.stringify(text)}:\n${log.slice(-3_000)}`);
      await sleep(300);
    }
  }

  async remove(...files: readonly string[]): Promise<void> {
    await this.compose(...files, "down", "--volumes", "--timeout", "3", "--remove-orphans");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A program beside the containers; it ends with the suite. */
export function beside(script: string): { stop(): void } {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "inherit", "inherit"] });
  return { stop: () => void child.kill("SIGKILL") };
}
