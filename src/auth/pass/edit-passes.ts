/** Changes `passes.json`, under a lock between processes. A running edge watches the file. */
import { join } from "node:path";

import { ConfigurationError } from "../../errors.ts";
import { editFile } from "../../state/edit-file.ts";
import { LARGEST_PASSES, readPasses, writePasses, type PassRecord } from "./passes-record.ts";

export const passesPath = (state: string): string => join(state, "passes.json");

/**
 * @param change given the passes that there are; answering the same array leaves the file alone
 * @throws ConfigurationError where the file is not good: a broken one is never written over
 */
export async function editPasses(
  path: string,
  signal: AbortSignal,
  change: (passes: readonly PassRecord[]) => readonly PassRecord[],
): Promise<{ readonly before: readonly PassRecord[]; readonly after: readonly PassRecord[] }> {
  return editFile(path, { largest: LARGEST_PASSES, signal }, (content) => {
    const before = content === undefined ? [] : goodPasses(content.toString("utf8"), path);
    const after = change(before);
    return { ...(after !== before && { content: Buffer.from(writePasses(after)) }), result: { before, after } };
  });
}

/** Takes the passes of these users out of the file: whoever gets the same name later must not get them with it. */
export async function removePassesOf(state: string, users: ReadonlySet<string>, signal: AbortSignal): Promise<readonly PassRecord[]> {
  const isTheirs = ({ user }: PassRecord): boolean => users.has(user);
  const { before } = await editPasses(passesPath(state), signal, (passes) =>
    passes.some(isTheirs) ? passes.filter((pass) => !isTheirs(pass)) : passes,
  );
  return before.filter(isTheirs);
}

function goodPasses(text: string, path: string): readonly PassRecord[] {
  const read = readPasses(text, path);
  if (read.kind === "bad") throw new ConfigurationError(read.problems);
  return read.passes;
}
