import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { CommandFailed } from "./command-failed.ts";
import { copyPackages, runningPackages } from "./package.ts";
import type { Plan, PlannedFile } from "./plan.ts";
import { placeRelease } from "./releases.ts";

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
    placeRelease(at(plan.layout.prefix), basename(plan.release), (directory) => {
      copyPackages(runningPackages(), directory);
      if (plan.copiedNode === undefined) return;
      cpSync(plan.copiedNode, join(directory, "node"), { dereference: true });
      chmodSync(join(directory, "node"), 0o755);
    });
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

/** As a whole: the file of before, or this one. */
export function writeWhole(path: string, { content, mode }: PlannedFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  rmSync(temporary, { force: true });
  writeFileSync(temporary, content, { mode, flag: "wx" });
  chmodSync(temporary, mode); // whatever the umask is
  renameSync(temporary, path);
}
