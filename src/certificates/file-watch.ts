import { signatureOf, watchFile } from "../state/file-watch.ts";

export interface FileWatchTiming {
  /** Milliseconds between two looks at the files, whatever was notified. Default 60,000: network file systems notify nobody. */
  readonly poll: number;
  /** Milliseconds without a further notice before the files are looked at. Default 200: a renewal writes several files. */
  readonly settle: number;
}

/**
 * Calls back when one of the files is another one than before, or has other content. Renewals replace files, symbolic links
 * (certbot's `live/`) or a whole directory behind a link (Kubernetes secrets).
 */
export function watchFiles(paths: readonly string[], changed: () => void, timing: FileWatchTiming): Disposable {
  let known = signatures(paths);
  let settling: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const before = known;
    known = signatures(paths);
    if ((await before) === (await known)) return;
    rearm();
    changed();
  };
  const notice = (): void => {
    clearTimeout(settling);
    settling = setTimeout(look, timing.settle).unref();
  };
  const watches = paths.map((path) => watchFile(path, notice, timing.poll));
  // What replaces a file may lie in another directory.
  const rearm = (): void => void Promise.all(watches.map((watch) => watch.rearm()));
  rearm();

  return {
    [Symbol.dispose]: () => {
      clearTimeout(settling);
      for (const watch of watches) watch.close();
    },
  };
}

async function signatures(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(signatureOf))).join(" ");
}
