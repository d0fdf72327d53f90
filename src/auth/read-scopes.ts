import { readOwnFile } from "./read-own-file.ts";
import { LARGEST_RECORD, readRecord, type ReadRecord } from "./scopes-record.ts";

/** Reads the record from the disk. */
export const readScopes = (path: string): Promise<ReadRecord> =>
  readOwnFile<ReadRecord>(path, { called: "record of scopes", largest: LARGEST_RECORD, read: readRecord, missing });

const missing = (path: string): ReadRecord => {
  const what = "The record of scopes does not exist.";
  return { kind: "bad", problems: [{ where: path, what, mend: "Put it back, or start the edge anew: then it is made anew." }] };
};
