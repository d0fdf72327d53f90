import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, chown, lstat, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";

import { hash } from "bcryptjs";
import { describe, expect, onTestFinished, test } from "vitest";

import { makeAuthority, makeCertificate } from "../support/certificates.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { BIN, run, start } from "./run-command.ts";

const NOBODY = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"))?.slice(1).map(Number) as
  | [number, number]
  | undefined;
const [uid, gid] = NOBODY ?? [0, 0];
/** Whether nobody may read this checkout. */
const isReadable =
  NOBODY !== undefined &&
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ["--eval", `require("fs").openSync(${JSON.stringify(BIN)})`], { uid, gid, cwd: "/" }).status === 0;
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

/** A port below 1024 that is free and that this process may bind; undefined: there is none. */
async function privilegedPort(): Promise<number | undefined> {
  for (const port of [943, 944, 945, 946, 947]) {
    const server = net.createServer();
    const isFree = await once(server.listen(port, "127.0.0.1"), "listening").then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
  return undefined;
}

async function place() {
  const directory = await scratchDirectory();
  await chmod(directory, 0o755);
  const path = (name: string): string => join(directory, name);
  const { chain, key } = await makeCertificate({ names: ["ai.example.com"], issuer: await makeAuthority() });
  await writeFile(path("cert.pem"), chain);
  await writeFile(path("key.pem"), key, { mode: 0o600 });
  await writeFile(path("users"), `alice:${await hash("correct horse", 4)}\n`, { mode: 0o600 });
  const own = ["--domain", "ai.example.com", "--config", "off", "--host", "127.0.0.1", "--http-port", "off", "--run-as", "nobody"];
  const files = ["--htpasswd", path("users"), "--cert", path("cert.pem"), "--key", path("key.pem"), "--state", path("state")];
  return { path, flags: ["serve", ...own, ...files] };
}

describe.skipIf(!isReadable)("--run-as", () => {
  test("binds a port below 1024 as root, and is the user for good afterwards: no root, no capability, no group of root's, every file the user's", async () => {
    const port = await privilegedPort();
    if (port === undefined) return;
    const { path, flags } = await place();
    for (const name of ["key.pem", "users"]) await chown(path(name), uid, gid);
    const edge = start([...flags, "--https-port", String(port)]);
    onTestFinished(() => void edge.child.kill("SIGKILL"));
    await edge.printed('"event":"serving"');
    const status = await statusOf(edge.child.pid);
    expect(status("Uid").split("\t")).toEqual(Array.from({ length: 4 }, () => String(uid)));
    expect(status("Gid").split("\t")).toEqual(Array.from({ length: 4 }, () => String(gid)));
    expect(status("Groups").trim().split(" ")).not.toContain("0");
    expect([status("CapPrm"), status("CapEff")]).toEqual(["0000000000000000", "0000000000000000"]);
    const names = await readdir(path("state"), { recursive: true });
    const owners = await Promise.all(names.map(async (name) => (await stat(path(join("state", name)))).uid));
    expect(names.length).toBeGreaterThan(3);
    expect([...new Set(owners)]).toEqual([uid]);
    expect(await run(["reload", "--state", path("state")])).toMatchObject({ code: 0 });
    expect(await run(["stop", "--state", path("state")])).toMatchObject({ code: 0 });
  });

  test("refuses a key that only root may read, before anything listens: its renewal could not be read either", async () => {
    const { path, flags } = await place();
    await chown(path("users"), uid, gid);
    const { code, stderr } = await run([...flags, "--https-port", "0"]);
    expect(code).toBe(2);
    expect(flat(stderr)).toContain(path("key.pem"));
  });

  test("refuses a configuration file that only root may read: a reload could not read it", async () => {
    const { path, flags } = await place();
    for (const name of ["key.pem", "users"]) await chown(path(name), uid, gid);
    await writeFile(path("edge.json5"), "{ hsts: 5 }", { mode: 0o600 });
    const named = flags.with(flags.indexOf("--config") + 1, path("edge.json5"));
    const edge = start([...named, "--https-port", "0"]);
    onTestFinished(() => void edge.child.kill("SIGKILL"));
    const { code, stderr } = await edge.finished;
    expect([code, flat(stderr)]).toEqual([2, expect.stringContaining(`${path("edge.json5")} This process may not read it.`)]);
  });

  test("refuses a state directory that belongs to root, with the mend", async () => {
    const { path, flags } = await place();
    for (const name of ["key.pem", "users"]) await chown(path(name), uid, gid);
    await mkdir(path("state"), { mode: 0o700 });
    const { code, stderr, stdout } = await run([...flags, "--https-port", "0"]);
    expect(code).toBe(2);
    expect(flat(stderr)).toContain(`run: chown -R ${uid} ${path("state")}`);
    // What it may not look at, it says nothing of.
    expect(stdout).not.toContain("initial-password");
  });

  test.each([
    ["the account itself may write", 0o755, true],
    ["others may write", 0o777, false],
  ])(
    "attack: in a directory where %s, a link put in the new state directory's place gets nothing that is root's",
    async (_, mode, isTheirs) => {
      const { path, flags } = await place();
      for (const name of ["key.pem", "users"]) await chown(path(name), uid, gid);
      await mkdir(path("root's"), { mode: 0o700 });
      await mkdir(path("parent"));
      await chmod(path("parent"), mode);
      if (isTheirs) await chown(path("parent"), uid, gid);
      const state = path("parent/state");
      // Whoever watches the parent wins the race every time.
      const attack = `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
      const { mkdirSync } = fs;
      fs.mkdirSync = (path, ...more) => {
        mkdirSync(path, ...more);
        if (path === ${JSON.stringify(state)}) { fs.rmdirSync(path); fs.symlinkSync(${JSON.stringify(path("root's"))}, path); }
      };
      syncBuiltinESMExports();`;
      const nodeFlags = ["--import", `data:text/javascript,${encodeURIComponent(attack)}`];
      const edge = start([...flags.slice(0, -1), state, "--https-port", "0"], { nodeFlags });
      onTestFinished(() => void edge.child.kill("SIGKILL"));
      await Promise.race([edge.finished, edge.printed('"event":"serving"')]).catch(() => {});
      expect((await lstat(state)).isSymbolicLink()).toBe(true);
      expect((await stat(path("root's"))).uid).toBe(0);
      expect((await edge.finished).code).not.toBe(0);
    },
  );

  test("refuses an account that there is not, root, and whoever is not root", async () => {
    const { path, flags } = await place();
    const as = (name: string, ...more: readonly string[]) =>
      run([...flags.slice(0, flags.indexOf("--run-as")), "--run-as", name, "--state", path("state"), ...more]);
    // Beside another mistake: both are told.
    const [missing, root, odd] = await Promise.all([as("no-such-account", "--hsts", "x"), as("root"), as("a b")]);
    expect([missing.code, root.code, odd.code]).toEqual([2, 2, 2]);
    expect(flat(missing.stderr)).toContain("There is no account no-such-account on this machine.");
    expect(missing.stderr).toContain("sudo useradd --system");
    expect(flat(missing.stderr)).toContain("2 things to mend");
    expect(flat(root.stderr)).toContain("That is root");
    expect(flat(odd.stderr)).toContain('"a b" is no account\'s name.');
    const args = [BIN, ...flags.slice(0, flags.indexOf("--run-as")), "--run-as", "daemon", "--state", path("state")];
    const child = spawn(process.execPath, args, { uid, gid, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
    await once(child, "close");
    expect(flat(stderr)).toContain("Only root can become daemon");
  });
});

async function statusOf(pid: number | undefined): Promise<(field: string) => string> {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  return (field) => new RegExp(`^${field}:\\t(.*)$`, "m").exec(text)?.[1] ?? "";
}

test.skipIf(process.getuid?.() !== 0)("an edge that runs as root says so, and what to do", async () => {
  const { path, flags } = await place();
  const without = flags.filter((flag, index) => flag !== "--run-as" && flags[index - 1] !== "--run-as");
  const edge = start([...without, "--https-port", "0"]);
  onTestFinished(() => void edge.child.kill("SIGKILL"));
  await edge.printed("The edge runs as root, which it needs for nothing but its ports. Start it with --run-as USER");
  const status = await run(["status", "--state", path("state")]);
  expect(flat(status.stdout)).toContain("user root The edge runs as root");
});
