import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { CommandFailed } from "./command-failed.ts";
import { copyPackages, runningPackages } from "./package.ts";
import type { Plan, PlannedFile } from "./plan.ts";

/** Releases that stay: the one in use, and the one before it. */
const KEPT = 2;

/**
 * Does what was planned. The packages come first, beside those in use; then the files, each as a whole; only then are commands run.
 *
 * @param root everything goes below it
 * @throws CommandFailed; the file system's error
 */
export function install(plan: Plan, root: string | undefined): void {
  const at = (path: string): string => (root === undefined ? path : join(root, path));
  // The service's account has to get at what root makes here; files that it must not read have modes of their own.
  const umask = process.umask(0o022);
  try {
    placeRelease(plan, at);
    for (const file of plan.files) if (!(file.keep && existsSync(at(file.path)))) writeWhole(at(file.path), file);
  } finally {
    process.umask(umask);
  }
  run(plan.commands);
}

/** @throws CommandFailed */
export function run(commands: Plan["commands"]): void {
  for (const [program, ...args] of commands) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (status === 0) continue;
    throw new CommandFailed([program, ...args], error === undefined ? stderr.trim() : error.message);
  }
}

function placeRelease({ layout, release, copiedNode }: Plan, at: (path: string) => string): void {
  const target = at(release);
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o755 });
  copyPackages(runningPackages(), fresh);
  if (copiedNode !== undefined) {
    cpSync(copiedNode, join(fresh, "node"), { dereference: true });
    chmodSync(join(fresh, "node"), 0o755);
  }
  // The same version once more: the old copy makes room only when the new one is complete.
  if (existsSync(target)) renameSync(target, `${target}.old`);
  renameSync(fresh, target);
  rmSync(`${target}.old`, { recursive: true, force: true });
  const current = at(join(layout.prefix, "current"));
  rmSync(`${current}.new`, { force: true });
  symlinkSync(join("releases", basename(release)), `${current}.new`);
  renameSync(`${current}.new`, current);
  forgetOldReleases(dirname(target), basename(target));
}

function forgetOldReleases(directory: string, current: string): void {
  const others = readdirSync(directory)
    .filter((name) => name !== current)
    .toSorted();
  for (const name of others.slice(0, Math.max(0, others.length - (KEPT - 1))))
    rmSync(join(directory, name), { recursive: true, force: true });
}

function writeWhole(path: string, { content, mode }: PlannedFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  rmSync(temporary, { force: true });
  writeFileSync(temporary, content, { mode, flag: "wx" });
  chmodSync(temporary, mode); // whatever the umask is
  renameSync(temporary, path);
}
