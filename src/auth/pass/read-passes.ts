import { readFile, stat } from "node:fs/promises";

import { LARGEST_PASSES, readPasses } from "./passes-record.ts";
import type { ReadPasses } from "./passes-record.ts";

/** Reads the file from the disk; no file is no passes. */
export async function readPassesFile(path: string): Promise<ReadPasses> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_PASSES) {
      const what = `The file has ${size} bytes; the most is ${LARGEST_PASSES}.`;
      return { kind: "bad", problems: [{ where: path, what, mend: "Put back a good copy." }] };
    }
    return readPasses(await readFile(path, "utf8"), path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error; // not the disk's doing: a mistake of ours
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "good", passes: [] };
    const what = `The file of passes can't be read (${code}).`;
    return { kind: "bad", problems: [{ where: path, what, mend: "Give the edge's account the right to read it." }] };
  }
}
