import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";

/** As `writeFileAtomic` names them: `.NAME.PID.RANDOM.tmp`. */
const TEMPORARY = /^\..+\.(\d+)\.[0-9a-f]{12}\.tmp$/;
/** Directories down from the top: files lie in the state directory and one below it. */
const DEPTH = 2;

/**
 * Removes what writers left behind that were killed in the middle: their temporary files. For the process that has just claimed the
 * directory; a command that writes at this moment is alive, and its file is left alone.
 */
export async function removeLeftovers(directory: string, depth = DEPTH): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && depth > 1) await removeLeftovers(path, depth - 1);
    const pid = entry.isFile() ? TEMPORARY.exec(entry.name)?.[1] : undefined;
    // Our own number: a process of before had it, as in a container where everybody is process 1.
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) await unlink(path).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
