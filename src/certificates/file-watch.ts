import { watch, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

export interface FileWatchTiming {
  /** Milliseconds between two looks at the files, whatever was notified. Default 60,000: network file systems notify nobody. */
  readonly poll: number;
  /** Milliseconds without a further notice before the files are looked at. Default 200: a renewal writes several files. */
  readonly settle: number;
}

/**
 * Calls back when one of the files is another one than before, or has other content. Directories are watched, not files, since renewals
 * replace files, symbolic links (certbot's `live/`) or a whole directory behind a link (Kubernetes secrets, which the poll catches).
 */
export function watchFiles(paths: readonly string[], changed: () => void, timing: FileWatchTiming): Disposable {
  let known = signature(paths);
  let settling: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const before = known;
    known = signature(paths);
    if ((await before) !== (await known)) changed();
  };
  const notice = (): void => {
    clearTimeout(settling);
    settling = setTimeout(look, timing.settle).unref();
  };
  const watchers = [...new Set(paths.map(dirname))].flatMap((directory) => openWatcher(directory, notice));
  const poll = setInterval(look, timing.poll).unref();

  return {
    [Symbol.dispose]: () => {
      clearTimeout(settling);
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** No watcher where the system has none left (inotify's limit) or the directory is gone: the poll is enough. */
function openWatcher(directory: string, notice: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, notice);
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

/** Changes whenever a file does, through every symbolic link on its path. */
async function signature(paths: readonly string[]): Promise<string> {
  const parts = paths.map(async (path) => {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    return found === undefined ? "none" : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
  });
  return (await Promise.all(parts)).join(" ");
}
