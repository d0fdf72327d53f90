/** As much of DER (X.690) as a certificate's extensions need. */

export interface Element {
  readonly tag: number;
  readonly value: Buffer;
}

export function der(tag: number, value: Uint8Array): Buffer {
  const n = value.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...length), value]);
}

/**
 * The elements that stand side by side and fill the bytes; undefined where anything is not plain DER: cut short, left over, a length of
 * another form than the shortest, a tag of several octets. Whoever reads such bytes less strictly could find something else in them.
 */
export function elements(bytes: Buffer): readonly Element[] | undefined {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const head = readHead(bytes, at);
    if (head === undefined || head.end > bytes.length) return undefined;
    found.push({ tag: bytes[at] as number, value: bytes.subarray(head.start, head.end) });
    at = head.end;
  }
  return found;
}

/** Where an element's value begins and ends. */
function readHead(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const [tag = 0x1f, first] = bytes.subarray(at, at + 2);
  if ((tag & 0x1f) === 0x1f || first === undefined) return undefined;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const size = first - 0x80;
  const start = at + 2 + size;
  if (size < 1 || size > 3 || start > bytes.length) return undefined;
  const length = bytes.readUIntBE(at + 2, size);
  const isShortest = length >= (size === 1 ? 0x80 : 2 ** (8 * (size - 1)));
  return isShortest ? { start, end: start + length } : undefined;
}
