import { open, stat, unlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds after which a lock counts as left behind by a process that died. What it guards takes some 50 ms. */
const STALE = 10_000;

/**
 * Holds a lock between processes: a file that exists while somebody is inside. Look again at what is guarded after taking it.
 * A lock older than ten seconds is taken over, so what runs under it must still be safe, if wasteful, when it runs twice at once.
 * @throws Error (the file system's) where the lock file can't be made.
 */
export async function takeLock(path: string): Promise<AsyncDisposable> {
  for (;;) {
    const file = await open(path, "wx", 0o600).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause;
    });
    if (file !== undefined) {
      await file.close();
      return { [Symbol.asyncDispose]: () => remove(path) };
    }
    const held = await stat(path).catch(() => undefined);
    if (held !== undefined && Math.abs(Date.now() - held.mtimeMs) > STALE) await remove(path);
    else await sleep(25);
  }
}

const remove = (path: string): Promise<void> => unlink(path).catch(() => {});
