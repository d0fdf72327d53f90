import { readFile } from "node:fs/promises";

import type { Log } from "../../log/log.ts";
import { decodeSessions, sessionsPath, type KeptSessions } from "./sessions-file.ts";

/** The sessions of before. Undefined: there are none, or they can't be read, and then the log says so. */
export async function readSessions(directory: string, log: Log): Promise<KeptSessions | undefined> {
  const text = await readFile(sessionsPath(directory), "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") log.error("The sessions of before can't be read; everybody has to sign in again.", { directory, cause });
  });
  if (text === undefined) return undefined;
  const kept = decodeSessions(text);
  if (kept === undefined) {
    log.error("The sessions of before are damaged or of another version; everybody has to sign in again.", { directory });
  }
  return kept;
}
