import { hash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir, open, readdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

import { ensureDirectory, writeFileAtomic } from "../state/atomic-file.ts";
import { takeLease, type LeaseTiming } from "../state/lease.ts";
import { watchFiles } from "./file-watch.ts";
import { checkKey, MAX_VALUE, type CertificateStore } from "./store.ts";

/** Milliseconds; a network file system notifies nobody. */
const WATCH = { poll: 60_000, settle: 50 };

/**
 * A store in a directory (0700, files 0600): a key is a path in it, so that other programs can read what they need. Temporary files,
 * locks and whatever begins with a dot are not values.
 *
 * @throws ConfigurationError where the directory can't be made, is somebody else's, or others may write in it
 */
export async function openFileStore(
  directory: string,
  { timing, readOnly = false }: { readonly timing?: LeaseTiming; readonly readOnly?: boolean } = {},
): Promise<CertificateStore> {
  if (!readOnly) await ensureDirectory(directory);
  const pathOf = (key: string): string => join(directory, checkKey(key));
  const locks = join(directory, ".locks");
  return {
    async load(key) {
      const path = pathOf(key);
      try {
        await using file = await open(path, "r");
        const { size } = await file.stat();
        if (size > MAX_VALUE) throw new Error(`${path} is larger than ${MAX_VALUE} octets, so it is not what was stored.`);
        return await file.readFile();
      } catch (cause) {
        if (isMissing(cause)) return undefined;
        throw cause;
      }
    },
    async store(key, value) {
      const path = pathOf(key);
      if (Buffer.byteLength(value) > MAX_VALUE) throw new RangeError(`The value of ${key} has more than ${MAX_VALUE} octets.`);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFileAtomic(path, value, 0o600);
    },
    async delete(key) {
      await unlink(pathOf(key)).catch((cause: unknown) => {
        if (!isMissing(cause)) throw cause;
      });
    },
    async list(prefix) {
      const keys = await keysBelow(prefix === "" ? directory : pathOf(prefix), prefix);
      return keys.toSorted();
    },
    watch(key, changed) {
      const path = pathOf(key);
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 }); // what is not there can't be watched
      } catch {
        // Then the poll has to do.
      }
      return watchFiles([path], changed, WATCH);
    },
    async lock(name, signal) {
      await mkdir(locks, { recursive: true, mode: 0o700 });
      const plain = checkKey(name).replaceAll("/", "+");
      return takeLease(join(locks, plain.length <= 200 ? plain : hash("sha256", plain, "hex")), signal, timing);
    },
  };
}

async function keysBelow(path: string, prefix: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw cause;
  });
  const keys = entries
    .filter(({ name }) => !name.startsWith("."))
    .map(async (entry) => {
      const key = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      return entry.isDirectory() ? keysBelow(join(path, entry.name), key) : [key];
    });
  return (await Promise.all(keys)).flat();
}

function isMissing(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
