import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { ensureDirectory, writeFileAtomic } from "./atomic-file.ts";
import { takeLease } from "./lease.ts";
import { unlessMissing } from "./unless-missing.ts";

/** Octets: as many as SHA-256 gives, so that guessing the key is no way in. */
export const SECRET_SIZE = 32;

export interface Secret {
  readonly key: Buffer;
  /** What was wrong with the file that was there; it was replaced. */
  readonly replaced: "damaged" | "exposed" | undefined;
}

/** A random key of this state directory's own: read from its file (0600), or made. Several processes on one directory get the same. */
export async function openSecret(path: string): Promise<Secret> {
  await ensureDirectory(dirname(path));
  await using _lock = await takeLease(`${path}.lock`);
  const [found, status] = await Promise.all([unlessMissing(readFile(path)), unlessMissing(stat(path))]);
  const exposed = process.getuid !== undefined && status !== undefined && (status.mode & 0o077) !== 0;
  if (found?.length === SECRET_SIZE && !exposed) return { key: found, replaced: undefined };
  const key = randomBytes(SECRET_SIZE);
  await writeFileAtomic(path, key, 0o600);
  return { key, replaced: found === undefined ? undefined : exposed ? "exposed" : "damaged" };
}
