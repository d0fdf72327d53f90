import { readFile, stat } from "node:fs/promises";

import type { Problem } from "../errors.ts";

/** A file in the state directory that commands write and the edge follows. */
export interface OwnFile<Outcome> {
  /** What people call it: "file of passes". */
  readonly called: string;
  /** Octets. */
  readonly largest: number;
  readonly read: (text: string, path: string) => Outcome;
  /** What it is where there is no such file. */
  readonly missing: (path: string) => Outcome;
}

/** Reads such a file from the disk; what keeps it from being read comes back as a problem with its mend. */
export async function readOwnFile<Outcome>(
  path: string,
  { called, largest, read, missing }: OwnFile<Outcome>,
): Promise<Outcome | { readonly kind: "bad"; readonly problems: readonly Problem[] }> {
  try {
    const { size } = await stat(path);
    if (size > largest) {
      const what = `The file has ${size} bytes; the most is ${largest}.`;
      return { kind: "bad", problems: [{ where: path, what, mend: "Put back a good copy." }] };
    }
    return read(await readFile(path, "utf8"), path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error; // not the disk's doing: a mistake of ours
    if (code === "ENOENT" || code === "ENOTDIR") return missing(path);
    const what = `The ${called} can't be read (${code}).`;
    return { kind: "bad", problems: [{ where: path, what, mend: "Give the edge's account the right to read it." }] };
  }
}
