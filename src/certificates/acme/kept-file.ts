/** A JSON file of ours with secrets in it (0600, atomic), whose failures say which file it was. */
import { readFile, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

import { ConfigurationError } from "../../errors.ts";
import { ensureDirectory, writeFileAtomic } from "../../state/atomic-file.ts";
import type { Notice } from "./contract.ts";
import { failure } from "./failure.ts";
import { parseJson } from "./json.ts";

/** `decode` answers undefined for what is not ours; such a file is moved aside, told, and counts as missing. */
export async function readKept<T>(
  path: string,
  decode: (value: unknown) => T | undefined,
  notice: (notice: Notice) => void,
): Promise<T | undefined> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw fileFailure(path, "read", cause);
  });
  if (text === undefined) return undefined;
  const decoded = decode(parseJson(text));
  if (decoded !== undefined) return decoded;
  const movedTo = `${path}.damaged-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  await rename(path, movedTo).catch((cause: unknown) => {
    throw fileFailure(path, "moved aside", cause);
  });
  notice({ code: "damagedFile", path, movedTo });
  return undefined;
}

export async function writeKept(path: string, value: object): Promise<void> {
  try {
    await ensureDirectory(dirname(path));
    await writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`, 0o600);
  } catch (cause) {
    throw fileFailure(path, "written", cause);
  }
}

/** One that is not there is removed already. */
export async function removeKept(path: string): Promise<void> {
  await unlink(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw fileFailure(path, "removed", cause);
  });
}

function fileFailure(path: string, verb: string, cause: unknown) {
  const reason = cause instanceof ConfigurationError ? cause.message : ((cause as NodeJS.ErrnoException).code ?? String(cause));
  return failure("files", `${path} can't be ${verb}: ${reason}.`, { cause });
}
