/** Tells when a file may have changed, however it is replaced: written in place, renamed over, or a symbolic link swapped. */
import { watch } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { FSWatcher } from "node:fs";

/** Milliseconds in which notices become one look: a busy log in the same directory must not cost a look for every line. */
const GATHER = 50;

/** Milliseconds for which a time stamp may hide a second change (the kernel's clock ticks in 1 to 10). */
const RACY = 50;

/** What a file looks like from outside; another one means: read it again. `undefined`: there is no file. */
export type Signature = string | undefined;

export interface FileWatch {
  /** Watches anew: after the file was replaced, the directories may be others. */
  rearm(): Promise<void>;
  close(): void;
}

/**
 * Calls `look` when something happened in the file's directory or in the one that a link leads to, and every `poll` milliseconds: the
 * safety net where the kernel tells nothing (NFS, a link further up swapped, no watches left).
 * `look` compares signatures: most calls mean nothing. Holds no process alive.
 */
export function watchFile(path: string, look: () => void, poll = 1_000): FileWatch {
  let watchers: FSWatcher[] = [];
  let closed = false;
  let gathering: NodeJS.Timeout | undefined;
  const timer = setInterval(look, poll).unref();

  function notice(): void {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      if (!closed) look();
    }, GATHER).unref();
  }

  function release(): void {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  }

  return {
    async rearm() {
      const target = await realpath(path).catch(() => path);
      release();
      if (closed) return;
      for (const directory of new Set([dirname(path), dirname(target)])) {
        try {
          // An error (a directory removed, no watches left) leaves the poll in charge.
          watchers.push(watch(directory, { persistent: false }, notice).on("error", notice));
        } catch {
          // The same.
        }
      }
    },
    close() {
      closed = true;
      clearInterval(timer);
      clearTimeout(gathering);
      release();
    },
  };
}

/** The file's signature now; a link is followed. */
export async function signatureOf(path: string): Promise<Signature> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return undefined;
  return [found.dev, found.ino, found.mode, found.size, found.mtimeNs, found.ctimeNs].join(":");
}

/** Whether a change after this moment could leave the same signature: the file's time stamp is younger than the clock's tick. */
export function isRacy(signature: Signature): boolean {
  const changed = Number(signature?.split(":").at(-1) ?? 0) / 1e6;
  return Math.abs(Date.now() - changed) < RACY;
}
