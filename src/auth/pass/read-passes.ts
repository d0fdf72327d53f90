import { readOwnFile } from "../read-own-file.ts";
import { LARGEST_PASSES, readPasses, type ReadPasses } from "./passes-record.ts";

/** Reads the file from the disk; no file is no passes. */
export const readPassesFile = (path: string): Promise<ReadPasses> =>
  readOwnFile<ReadPasses>(path, {
    called: "file of passes",
    largest: LARGEST_PASSES,
    read: readPasses,
    missing: () => ({ kind: "good", passes: [] }),
  });
