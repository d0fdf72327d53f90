import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../.cache/openclaw/", import.meta.url));
const STAMP = ".complete";

/** The `openclaw` release that the suite is written against. */
export const DEFAULT_OPENCLAW_VERSION = "2026.9.6";

/** Path of the command of an installed version; undefined: it is not installed, or not to the end. */
export function installedGateway(version: string): string | undefined {
  const directory = join(CACHE, version);
  return existsSync(join(directory, STAMP)) ? join(directory, "node_modules/openclaw/openclaw.mjs") : undefined;
}

/**
 * Installs the real `openclaw` package into the git-ignored cache (600 MB, about 40 s), unless it is there already.
 * Each run works in a directory of its own and renames it at the end: two at once cost time, never a half-made tree.
 *
 * @throws when the version does not look like one, or npm fails.
 */
export async function installGateway(version: string): Promise<string> {
  if (!/^\d[0-9A-Za-z.+-]*$/.test(version)) throw new Error(`"${version}" is not a version of openclaw. Write it as 2026.9.6.`);
  const installed = installedGateway(version);
  if (installed !== undefined) return installed;

  await mkdir(CACHE, { recursive: true });
  await removeLeftovers();
  const work = join(CACHE, `.installing-${process.pid}`);
  await mkdir(work);
  try {
    await writeFile(join(work, "package.json"), '{ "private": true }\n');
    await npm(work, ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--save-exact", `openclaw@${version}`]);
    await writeFile(join(work, STAMP), "");
    await takePlace(work, version);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const made = installedGateway(version);
  if (made === undefined) throw new Error(`${CACHE}${version} has no openclaw. Delete that directory and try again.`);
  return made;
}

async function takePlace(work: string, version: string): Promise<void> {
  const place = join(CACHE, version);
  if (existsSync(place) && installedGateway(version) === undefined) await rm(place, { recursive: true, force: true });
  try {
    await rename(work, place);
  } catch (error) {
    // Somebody else finished first; theirs is as good.
    if (installedGateway(version) === undefined) throw error;
  }
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const pid = Number(/^\.installing-(\d+)$/.exec(name)?.[1]);
    if (Number.isInteger(pid) && pid !== process.pid && !isAlive(pid)) await rm(join(CACHE, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function npm(directory: string, args: readonly string[]): Promise<void> {
  // Under `npm run` this names the npm that runs us; it need not be on PATH.
  const script = process.env["npm_execpath"];
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  const child = spawn(command, [...first, ...args], { cwd: directory, stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`npm ${args.join(" ")} ended with ${code}. Its own message stands above.`);
}
