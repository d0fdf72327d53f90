/**
 * Pebble, Let's Encrypt's test CA: `$PEBBLE` (its path, or its directory), or Debian's package out of a newer suite, fetched with apt's
 * own sources and unpacked into .cache/pebble without being installed. Debian's stable one (2.4) has neither profiles nor ARI.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CACHE = fileURLToPath(new URL("../../.cache/pebble/", import.meta.url));
/** The suite that has 2.10. */
const SUITE = "forky";
/** Milliseconds for one run of apt-get; without a network it must not hold the tests up. */
const PATIENCE = 120_000;
/** Milliseconds for which a failure to fetch is believed, so that ten test files don't wait for it ten times. */
const BELIEVED = 600_000;

export type Pebble = { readonly kind: "found"; readonly command: string } | { readonly kind: "missing"; readonly reason: string };

const run = promisify(execFile);

/** Fetches it at the first call (about 10 s); everybody else waits for that. */
export async function findPebble(): Promise<Pebble> {
  const given = process.env["PEBBLE"];
  if (given !== undefined && given !== "") {
    const command = existsSync(join(given, "pebble")) ? join(given, "pebble") : given;
    return existsSync(command) ? { kind: "found", command } : missing(`$PEBBLE names nothing: ${given}`);
  }
  const command = join(CACHE, "usr", "bin", "pebble");
  if (existsSync(command)) return { kind: "found", command };
  if (!existsSync("/usr/bin/apt-get") || !existsSync("/usr/bin/dpkg-deb"))
    return missing("it is no Debian; name one (2.10 or later) by $PEBBLE");
  try {
    await fetchOnce(command);
    return { kind: "found", command };
  } catch (cause) {
    return missing(cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause));
  }
}

const missing = (reason: string): Pebble => ({ kind: "missing", reason });

async function fetchOnce(command: string): Promise<void> {
  await mkdir(join(CACHE, ".."), { recursive: true });
  const failure = `${CACHE.replace(/\/$/, "")}.failed`;
  const lock = `${CACHE.replace(/\/$/, "")}.lock`;
  for (;;) {
    if (existsSync(command)) return;
    const failed = await stat(failure).catch(() => undefined);
    if (failed !== undefined && Date.now() - failed.mtimeMs < BELIEVED) throw new Error(await readFile(failure, "utf8"));
    if (await takes(lock)) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    if (!existsSync(command)) await fetch();
    await rm(failure, { force: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    await writeFile(failure, `it can't be fetched: ${reason.split("\n").slice(0, 2).join(" ")}`);
    throw new Error(await readFile(failure, "utf8"), { cause });
  } finally {
    await rm(lock, { force: true, recursive: true });
  }
}

/** A directory: made by one alone. One that is older than any fetching was left by a process that was killed. */
async function takes(lock: string): Promise<boolean> {
  const held = await stat(lock).catch(() => undefined);
  if (held !== undefined && Date.now() - held.mtimeMs > 3 * PATIENCE) await rm(lock, { force: true, recursive: true });
  return mkdir(lock).then(
    () => true,
    () => false,
  );
}

async function fetch(): Promise<void> {
  const work = `${CACHE.replace(/\/$/, "")}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  const apt = join(work, "apt");
  for (const directory of ["lists/partial", "cache/archives/partial", "download"]) await mkdir(join(apt, directory), { recursive: true });
  await writeFile(join(apt, "status"), "");
  await writeFile(
    join(apt, "sources.list"),
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await mirror()} ${SUITE} main\n`,
  );
  const options = [
    `Dir::Etc::sourcelist=${join(apt, "sources.list")}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${join(apt, "lists")}`,
    `Dir::Cache=${join(apt, "cache")}`,
    `Dir::State::status=${join(apt, "status")}`,
    "Acquire::Languages=none",
    ...(process.getuid?.() === 0 ? ["APT::Sandbox::User=root"] : []),
  ].flatMap((option) => ["-o", option]);
  const limits = { timeout: PATIENCE, cwd: join(apt, "download") };
  await run("apt-get", [...options, "update", "-qq"], limits);
  await run("apt-get", [...options, "download", "-qq", "pebble"], limits);
  const [packed] = (await readdir(limits.cwd)).filter((name) => name.endsWith(".deb"));
  if (packed === undefined) throw new Error("apt-get downloaded no package");
  await run("dpkg-deb", ["-x", join(limits.cwd, packed), work], limits);
  await rm(apt, { recursive: true, force: true });
  await rm(CACHE, { recursive: true, force: true });
  await rename(work, CACHE);
}

/** The mirror that this machine's apt uses already. */
async function mirror(): Promise<string> {
  for (const file of ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"]) {
    const text = await readFile(file, "utf8").catch(() => "");
    const found = /^URIs:\s*(\S+)/m.exec(text) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/m.exec(text);
    if (found?.[1] !== undefined) return found[1];
  }
  throw new Error("apt has no Debian mirror");
}
