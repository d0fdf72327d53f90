/** What the upstream serves, so that whoever asks can tell an intact body from a broken one. */
import { createHash } from "node:crypto";

/** 200 octets. */
export const SMALL_BODY = pseudoRandom("small", 200);
/** 100 KB. */
export const LARGE_BODY = pseudoRandom("large", 100 * 1024);
/** A download is this block, over and over. */
export const DOWNLOAD_BLOCK = pseudoRandom("download", 256 * 1024);

/** The SHA-256 of a download of `length` octets, hexadecimal. */
export function downloadDigest(length: number): string {
  const hash = createHash("sha256");
  for (let at = 0; at < length; at += DOWNLOAD_BLOCK.length) hash.update(DOWNLOAD_BLOCK.subarray(0, length - at));
  return hash.digest("hex");
}

/** Bytes that do not compress and are the same in every process. */
function pseudoRandom(seed: string, length: number): Buffer {
  return createHash("shake256", { outputLength: length }).update(seed).digest();
}
