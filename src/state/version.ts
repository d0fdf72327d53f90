import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ConfigurationError } from "../errors.ts";
import { ensureDirectory, writeFileAtomic } from "./atomic-file.ts";
import { isUnfinished, MIGRATIONS, migrate, recover, type Migration } from "./migrate.ts";

export interface OpenedState {
  /** Where the files of an older version were kept, when the directory has just been brought up to this one. */
  readonly backup: string | undefined;
}

export interface OpenStateOptions {
  /**
   * Whether a directory of an older version is migrated. Only the process that has claimed the directory may do that; a command that
   * merely writes something there refuses instead.
   */
  readonly migrate: boolean;
  /** For tests: steps from each version to the next; the last one leads to the current version. Default: this program's. */
  readonly migrations?: readonly Migration[];
}

const FILE = "version";

/**
 * Makes the state directory, or checks the one that is there: its owner, its mode, and the version of what is in it.
 * @throws ConfigurationError where it was written by a newer version, or can't be used
 */
export async function openState(path: string, { migrate: mayMigrate, migrations = MIGRATIONS }: OpenStateOptions): Promise<OpenedState> {
  await ensureDirectory(path);
  const current = migrations.length + 1;
  const refuse = (what: string, mend: string): ConfigurationError => new ConfigurationError([{ where: `--state ${path}`, what, mend }]);
  if (await isUnfinished(path)) {
    if (!mayMigrate)
      throw refuse("Its files are being brought up to date, or that was cut off.", "Start the edge: it ends that, or undoes it.");
    await recover(path);
  }
  const found = await versionOf(path);
  if (found === undefined) {
    throw refuse("Its file 'version' holds no number.", "Restore the directory from a backup, or name another one with --state.");
  }
  if (found > current) {
    throw refuse(
      `It was written by a newer openclaw-edge: version ${found} of its files, and this one knows ${current}.`,
      "Use the newer openclaw-edge, or restore the backup that it made (backups/ in that directory).",
    );
  }
  if (found === current) {
    if (!(await hasVersion(path))) await writeVersion(path, current);
    return { backup: undefined };
  }
  if (!mayMigrate) {
    throw refuse(
      `It was written by an older openclaw-edge: version ${found} of its files.`,
      "Start the edge once: it brings them up to date and keeps a backup.",
    );
  }
  return { backup: await migrate(path, found, migrations, writeVersion) };
}

/** The first version wrote no such file; a new directory has none yet. `undefined`: it says something that is no version. */
async function versionOf(path: string): Promise<number | undefined> {
  const text = await readFile(join(path, FILE), "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return "1\n";
    throw cause;
  });
  return /^[1-9]\d{0,5}\n?$/.test(text) ? Number(text) : undefined;
}

const hasVersion = (path: string): Promise<boolean> =>
  readFile(join(path, FILE)).then(
    () => true,
    () => false,
  );

const writeVersion = (path: string, version: number): Promise<void> => writeFileAtomic(join(path, FILE), `${version}\n`, 0o644);
