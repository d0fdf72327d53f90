import type { Random } from "./random.ts";

/** Latin1 text as octets, in one piece. */
export function octets(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** Cuts bytes at the given offsets: the reads that a socket might deliver them in. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const reads: Uint8Array[] = [];
  let start = 0;
  for (const offset of [...offsets].sort((a, b) => a - b)) {
    if (offset <= start || offset >= bytes.length) continue;
    reads.push(bytes.subarray(start, offset));
    start = offset;
  }
  if (start < bytes.length) reads.push(bytes.subarray(start));
  return reads;
}

export function byteByByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}

/** Mostly one read, sometimes a few, rarely one for every octet. */
export function randomReads(random: Random, bytes: Uint8Array): Uint8Array[] {
  if (random.chance(0.6)) return [bytes];
  if (random.chance(0.05)) return byteByByte(bytes);
  return cutAt(
    bytes,
    Array.from({ length: 1 + random.below(4) }, () => random.below(bytes.length + 1)),
  );
}

/** Bytes as a line of source code: printable ASCII as it is, everything else escaped. */
export function quoted(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  return `"${text.replace(/[^\x20-\x7e]|["\\]/g, escape)}"`;
}

function escape(char: string): string {
  if (char === "\r") return "\\r";
  if (char === "\n") return "\\n";
  if (char === '"' || char === "\\") return `\\${char}`;
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
