/** kill -9 at every write of the commands that write into the state directory. To add a command: a trial. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hash } from "bcryptjs";
import { beforeAll, describe, expect, test } from "vitest";

import { BIN, run } from "../cli/run-command.ts";
import { killAtEveryWrite } from "../support/kill-points.ts";

const PASSWORD = "correct horse battery staple";
/** Passes as `pass create` makes them, for `pass revoke`. */
let passes: string;
let id: string;
let usersOfBefore: string;
const RECORD = '{"version":1,"owner":"alice","users":{"bob":["operator.read"]}}\n';

beforeAll(async () => {
  usersOfBefore = `# ours\nalice:${await hash("a".repeat(12), 10)}\nbob:${await hash("b".repeat(12), 10)}\n`;
  const state = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
  await prepare(state);
  const made = await run([
    "pass",
    "create",
    "--user",
    "alice",
    "--name",
    "phone",
    "--domain",
    "ai.example.com",
    "--state",
    state,
    "--config",
    "off",
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  passes = await readFile(join(state, "passes.json"), "utf8");
  id = /"id":\s*"([^"]+)"/.exec(passes)?.[1] ?? "";
  await rm(state, { recursive: true, force: true });
});

async function prepare(directory: string): Promise<void> {
  await writeFile(join(directory, "users"), usersOfBefore, { mode: 0o600 });
  await writeFile(join(directory, "scopes.json"), RECORD, { mode: 0o600 });
  await writeFile(join(directory, "version"), "1\n");
  if (passes !== undefined) await writeFile(join(directory, "passes.json"), passes, { mode: 0o600 });
}

/** Every file that somebody reads, with what is random in it made the same. A part of a file stays different from the whole. */
async function files(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  const read = names.filter((name) => !/(^|\/)\.|(^|\/)run\/|\.lock$/.test(name)).toSorted();
  const texts = await Promise.all(read.map((name) => readFile(join(directory, name), "utf8")));
  return Object.fromEntries(read.map((name, index) => [name, alike(name, texts[index] ?? "")]));
}

function alike(name: string, text: string): string {
  if (/key|leaf|ca\.|initial-password/.test(name)) return text.length > 0 ? "made" : "";
  return text
    .replaceAll(/\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}(?=\n)/g, "HASH")
    .replaceAll(/"[\w-]{16,}"/g, '"RANDOM"')
    .replaceAll(/"id":\s*"[^"]+"/g, '"id":"ID"')
    .replaceAll(/\d{12,}/g, "TIME")
    .replaceAll(/"\d{4}-\d\d-\d\dT[^"]+"/g, '"TIME"');
}

/** Each file is the old one or the new one: a command that changes two may have changed one. */
function eachOldOrNew(
  after: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
  made: Readonly<Record<string, string>>,
): void {
  for (const name of new Set([...Object.keys(after), ...Object.keys(before), ...Object.keys(made)])) {
    expect([before, made].map((state) => ({ name, text: state[name] }))).toContainEqual({ name, text: after[name] });
  }
}

const source = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
const common = (directory: string): readonly string[] => ["--state", directory, "--config", "off"];

interface Trial {
  readonly args: () => readonly string[];
  readonly input?: string;
  /** Exit codes of the same command after the kill: it may find its work done. Default: 0 alone. */
  readonly again?: readonly number[];
  /** The file that must be the new one after the command has been given once more. */
  readonly file: string;
}

const TRIALS: Readonly<Record<string, Trial>> = {
  "user add": {
    args: () => ["user", "add", "carol", "--stdin", "--scopes", "operator.read"],
    input: PASSWORD,
    again: [0, 1, 2],
    file: "users",
  },
  "user passwd": { args: () => ["user", "passwd", "bob", "--stdin"], input: PASSWORD, file: "users" },
  "user remove": { args: () => ["user", "remove", "bob"], again: [0, 1, 2], file: "users" },
  "user scopes": { args: () => ["user", "scopes", "bob", "operator.read", "operator.write"], file: "scopes.json" },
  "pass create": {
    args: () => ["pass", "create", "--user", "bob", "--name", "laptop", "--domain", "ai.example.com"],
    again: [0, 1, 2],
    file: "passes.json",
  },
  "pass revoke": { args: () => ["pass", "revoke", id], again: [0, 1, 2], file: "passes.json" },
};

describe("SIGKILL at every write of", () => {
  test.each(Object.entries(TRIALS))(
    "openclaw-edge %s leaves every file the old one or the new one, and nothing in the way of the same command",
    async (_, { args, input, again = [0], file }) => {
      let made: Readonly<Record<string, string>> = {};
      const points = await killAtEveryWrite({
        program: (directory) => [BIN, ...args(), ...common(directory)],
        ...(input !== undefined && { input }),
        prepare,
        look: files,
        accept: (after, before, whole) => {
          made = whole;
          eachOldOrNew(after, before, whole);
        },
        async recover(directory) {
          const child = spawn(process.execPath, [BIN, ...args(), ...common(directory)], { stdio: ["pipe", "ignore", "pipe"] });
          let said = "";
          child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
          child.stdin.on("error", () => {}).end(input ?? "");
          const [code] = (await once(child, "close")) as [number];
          expect(again.map((expected) => ({ code: expected, said }))).toContainEqual({ code, said });
          expect((await files(directory))[file]).toBe(made[file]);
        },
      });
      expect(points.length).toBeGreaterThan(3);
    },
  );
});

describe("SIGKILL at every write of a first start", () => {
  /** Stops itself once it serves: then every write of a start and of a stop has happened. */
  const serving = (directory: string): readonly string[] => [
    "--input-type=module",
    "--eval",
    `import { askEdge } from ${source("admin/client.ts")};
     import { STOP } from ${source("admin/control.ts")};
     import { main } from ${source("cli/main.ts")};
     const flags = ["--domain", "gateway.lan", "--host", "127.0.0.1", "--https-port", "0", "--http-port", "off", "--log-format", "text"];
     process.execve = undefined;
     const asking = setInterval(async () => {
       const { kind } = await askEdge(${JSON.stringify(directory)}, STOP, { now: true });
       if (kind === "answered") clearInterval(asking);
     }, 20);
     process.exit(await main(["serve", ...flags, "--state", ${JSON.stringify(directory)}, "--config", "off"]));`,
  ];
  const environment = { OPENCLAW_EDGE_USER: "alice", OPENCLAW_EDGE_PASSWORD: PASSWORD };

  test("leaves what the next start goes on from: the same user, a local CA, and nobody locked out", async () => {
    const points = await killAtEveryWrite({
      program: serving,
      environment: () => environment,
      look: files,
      accept: eachOldOrNew,
      async recover(directory) {
        const child = spawn(process.execPath, serving(directory), {
          stdio: ["ignore", "pipe", "pipe"],
          env: { ...process.env, ...environment },
        });
        let said = "";
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (said += bytes.toString()));
        const [code] = (await once(child, "close")) as [number];
        expect({ code, said }).toMatchObject({ code: 0 });
        expect((await files(directory))["users"]).toBe("alice:HASH\n");
        const left = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith(".tmp"));
        expect(left).toEqual([]);
      },
    });
    expect(points.length).toBeGreaterThan(30);
  }, 900_000);
});
