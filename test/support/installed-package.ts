import { execFile } from "node:child_process";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function ran(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, [...args], { ...options, maxBuffer: 67_108_864, timeout: 180_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr });
    });
  });
}

/** The packed package, installed somewhere by npm as a user would. */
export interface Installation {
  readonly directory: string;
  readonly tarball: string;
  /** Paths in the tarball. */
  readonly packed: readonly string[];
  readonly bin: string;
  close(): Promise<void>;
}

export async function installed(): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-package-"));
  const pack = await ran("npm", ["pack", "--json", "--pack-destination", directory], { cwd: ROOT });
  const report: unknown = JSON.parse(pack.stdout.slice(pack.stdout.search(/^[[{]/m)));
  // npm 11 answers a list, npm 12 an object by name.
  const [first] = Object.values(
    report as Record<string, { readonly filename: string; readonly files: readonly { readonly path: string }[] }>,
  );
  if (first === undefined) throw new Error(pack.stderr);
  const tarball = join(directory, first.filename);
  const npm = await ran("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--omit=dev", "--prefix", directory, tarball], {
    cwd: directory,
  });
  if (npm.code !== 0) throw new Error(npm.stderr);
  return {
    directory,
    tarball,
    packed: first.files.map(({ path }) => path),
    bin: join(directory, "node_modules", "openclaw-edge", "dist", "cli", "bin.js"),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Octets of every file below. */
export async function sizeOf(directory: string): Promise<number> {
  let size = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) size += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return size;
}

/** The folders of packages below node_modules, those in a package's own node_modules included. */
export async function packagesIn(modules: string): Promise<readonly string[]> {
  const paths = await readdir(modules, { recursive: true });
  return paths.flatMap((path) => /^((?:(?:@[^/]+\/)?[^/]+\/node_modules\/)*(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
}

/** The name of the package in such a folder. */
export const nameOf = (folder: string): string => folder.replace(/^.*\/node_modules\//, "");
