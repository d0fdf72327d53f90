/** A copy of a Latin-1 string that does not keep alive the whole text it was cut out of (a file, a request head). */
export function detached(slice: string): string {
  return Buffer.from(slice, "latin1").toString("latin1");
}
