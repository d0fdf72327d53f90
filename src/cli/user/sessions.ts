import { readFile } from "node:fs/promises";

import type { SessionRecord } from "../../auth/session/session.ts";
import { decodeSessions, sessionsPath } from "../../auth/session/sessions-file.ts";
import { asOwnerOf } from "../../state/as-owner.ts";

/** Users' sessions as they are on the disk, a minute old at most; undefined: there is no file of them. */
export async function sessionsIn(state: string): Promise<readonly SessionRecord[] | undefined> {
  const path = sessionsPath(state);
  const text = await asOwnerOf(path, () => readFile(path, "utf8")).catch(() => undefined);
  return text === undefined ? undefined : decodeSessions(text)?.sessions;
}
