/** The name constraints of the local CA (RFC 5280 §4.2.1.10) as DER: what its certificates may be for, whoever gets hold of its key. */
import { isIP } from "node:net";

import type { ServedName } from "../config/edge-config.ts";
import { PRIVATE_RANGES, PRIVATE_SUFFIXES } from "../config/private-names.ts";

/** One permitted subtree: a name with all names below it, or an address range as octets (address, then mask). */
export type Subtree = { readonly kind: "name"; readonly base: string } | { readonly kind: "ip"; readonly base: Uint8Array };

const SEQUENCE = 0x30;
const PERMITTED = 0xa0; // [0] IMPLICIT GeneralSubtrees
const DNS_NAME = 0x82; // [2] IMPLICIT IA5String
const IP_ADDRESS = 0x87; // [7] IMPLICIT OCTET STRING
const OCTET_STRING = 0x04;
/** 2.5.29.30, with its tag and length. */
const NAME_CONSTRAINTS = Buffer.from("0603551d1e", "hex");

/** Everything private, and of the configured names those that are not. A name's subtree has the names below it too: DER can't say less. */
export function permittedSubtrees(names: readonly ServedName[]): readonly Subtree[] {
  const common: readonly Subtree[] = [
    ...PRIVATE_SUFFIXES.map((base) => ({ kind: "name", base }) as const),
    ...PRIVATE_RANGES.map(({ address, prefix }) => range(address, prefix)),
  ];
  const explicit = names
    .filter((name) => !permits(common, name))
    .map((name): Subtree =>
      name.kind === "name" ? { kind: "name", base: name.value } : range(name.value, isIP(name.value) === 4 ? 32 : 128),
    );
  return [...common, ...explicit];
}

export function permits(subtrees: readonly Subtree[], name: ServedName): boolean {
  const address = name.kind === "ip" ? octets(name.value) : undefined;
  return subtrees.some((subtree) => {
    if (subtree.kind === "name") return name.kind === "name" && (name.value === subtree.base || name.value.endsWith(`.${subtree.base}`));
    const length = subtree.base.length / 2;
    return address?.length === length && address.every((octet, i) => ((octet ^ subtree.base[i]!) & subtree.base[length + i]!) === 0);
  });
}

/** The value of the extension. */
export function encodeNameConstraints(permitted: readonly Subtree[]): Uint8Array {
  const subtrees = permitted.map((subtree) =>
    der(SEQUENCE, subtree.kind === "name" ? der(DNS_NAME, Buffer.from(subtree.base, "latin1")) : der(IP_ADDRESS, subtree.base)),
  );
  return der(SEQUENCE, der(PERMITTED, Buffer.concat(subtrees)));
}

/** The permitted subtrees of a certificate (DER) that encodeNameConstraints constrained; undefined: it is not one of those. */
export function readNameConstraints(certificate: Uint8Array): readonly Subtree[] | undefined {
  const bytes = Buffer.from(certificate);
  const at = bytes.indexOf(NAME_CONSTRAINTS);
  if (at < 0) return undefined;
  const afterOid = bytes.subarray(at + NAME_CONSTRAINTS.length);
  const extension = elements(afterOid).find(({ tag }) => tag === OCTET_STRING); // past the BOOLEAN that says critical
  const constraints = elements(elements(extension?.value)[0]?.value)[0];
  if (constraints?.tag !== PERMITTED) return undefined;
  return elements(constraints.value).flatMap((subtree): Subtree[] => {
    const base = elements(subtree.value)[0];
    if (base?.tag === DNS_NAME) return [{ kind: "name", base: base.value.toString("latin1") }];
    return base?.tag === IP_ADDRESS ? [{ kind: "ip", base: base.value }] : [];
  });
}

function range(address: string, prefix: number): Subtree {
  const base = octets(address);
  const mask = base.map((_, i) => 0xff & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i))));
  return { kind: "ip", base: Buffer.concat([base, mask]) };
}

/** An address's 4 or 16 octets. */
function octets(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split(".").map(Number));
  const [left = "", right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::"); // the URL parser writes ::ffff:1.2.3.4 in hex
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const tail = groups(right ?? "");
  const head = groups(left);
  const all = [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  return Uint8Array.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}

function der(tag: number, value: Uint8Array): Buffer {
  const n = value.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...length), value]);
}

/** The DER elements that stand side by side; ends quietly at the first that is cut short. */
function elements(bytes: Buffer | undefined): { readonly tag: number; readonly value: Buffer }[] {
  const found: { tag: number; value: Buffer }[] = [];
  let at = 0;
  while (bytes !== undefined && at + 2 <= bytes.length) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    at += 2;
    if (length > 0x80) {
      const size = length - 0x80;
      if (size > 3 || at + size > bytes.length) break;
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    if (at + length > bytes.length) break;
    found.push({ tag, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}
