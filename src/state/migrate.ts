/** Bringing a state directory's files from one version to the next, so that a kill at any moment leaves the old ones or the new. */
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { ConfigurationError } from "../errors.ts";
import { ensureDirectory, writeFileAtomic } from "./atomic-file.ts";
import { copyTree } from "./copy-tree.ts";

/** One step: from the version of its place in the list (the first: 1) to the next. It is given the directory, and may do anything in it. */
export interface Migration {
  /** In one sentence, for whoever reads the source. */
  readonly what: string;
  run(directory: string): Promise<void>;
}

/** Version 1 is the first. To change what a file means, write the step from the version before. */
export const MIGRATIONS: readonly Migration[] = [];

const BACKUPS = "backups";
/** Says that a migration has begun, and what to put back when it did not end. */
const MARKER = "migrating";
/** What belongs to a process or to the past, and no version changes. */
const NOT_OURS: ReadonlySet<string> = new Set(["run", BACKUPS, MARKER]);

interface Begun {
  readonly to: number;
  /** The backup's name in `backups/`. */
  readonly backup: string;
}

/**
 * Backup, marker, steps, version, marker gone: in that order, each durable before the next. Whatever is cut off before the version is
 * written starts again from the backup.
 *
 * @returns the backup's path
 * @throws ConfigurationError where a step failed; the files are then as they were
 */
export async function migrate(
  directory: string,
  from: number,
  migrations: readonly Migration[],
  writeVersion: (directory: string, version: number) => Promise<void>,
): Promise<string> {
  const to = migrations.length + 1;
  const backup = `version-${from}-${new Date().toISOString().replaceAll(/[-:.]/g, "")}`;
  const place = join(directory, BACKUPS, backup);
  try {
    await backUp(directory, backup);
    await writeFileAtomic(join(directory, MARKER), `${JSON.stringify({ to, backup } satisfies Begun)}\n`, 0o600);
    for (const step of migrations.slice(from - 1)) await step.run(directory);
    await writeVersion(directory, to);
  } catch (cause) {
    if (await isUnfinished(directory)) await recover(directory);
    const what = `Its files could not be brought from version ${from} to ${to}: ${String(cause)}. They are as they were.`;
    throw new ConfigurationError([
      { where: `--state ${directory}`, what, mend: "Mend that and start again, or go on with the older openclaw-edge." },
    ]);
  }
  await rm(join(directory, MARKER), { force: true });
  return place;
}

/** Whether a migration has begun and not ended. */
export async function isUnfinished(directory: string): Promise<boolean> {
  return (await readdir(directory)).includes(MARKER);
}

/** Ends what a migration left unfinished: undone, unless the version says that all its steps were. */
export async function recover(directory: string): Promise<void> {
  const { to, backup } = await begun(directory);
  const version = await readFile(join(directory, "version"), "utf8").catch(() => "");
  if (Number(version) !== to) {
    for (const name of await readdir(directory)) if (!NOT_OURS.has(name)) await rm(join(directory, name), { recursive: true, force: true });
    await copyTree(join(directory, BACKUPS, backup), directory);
  }
  await rm(join(directory, MARKER), { force: true });
}

async function begun(directory: string): Promise<Begun> {
  const path = join(directory, MARKER);
  try {
    const read = JSON.parse(await readFile(path, "utf8")) as Partial<Begun>;
    if (typeof read.to === "number" && typeof read.backup === "string" && !read.backup.includes("/"))
      return { to: read.to, backup: read.backup };
  } catch {
    // Said below.
  }
  const mend = `Put the newest of ${join(directory, BACKUPS)} in place of the files, and delete this one.`;
  throw new ConfigurationError([{ where: path, what: "It does not say which migration was begun.", mend }]);
}

async function backUp(directory: string, name: string): Promise<void> {
  const backups = join(directory, BACKUPS);
  await ensureDirectory(backups);
  const partial = join(backups, ".partial");
  await rm(partial, { recursive: true, force: true });
  await copyTree(directory, partial, NOT_OURS);
  await rename(partial, join(backups, name));
}
