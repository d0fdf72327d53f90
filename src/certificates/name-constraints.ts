/** The name constraints of the local CA (RFC 5280 §4.2.1.10) as DER: what its certificates may be for, whoever gets hold of its key. */
import { isIP } from "node:net";

import type { ServedName } from "../config/served-name.ts";
import { PRIVATE_RANGES, PRIVATE_SUFFIXES } from "../config/private-names.ts";
import { der, elements, type Element } from "./der.ts";

/** One permitted subtree: a name with all names below it, or an address range as octets (address, then mask). */
export type Subtree = { readonly kind: "name"; readonly base: string } | { readonly kind: "ip"; readonly base: Uint8Array };

const SEQUENCE = 0x30;
const PERMITTED = 0xa0; // [0] IMPLICIT GeneralSubtrees
const DNS_NAME = 0x82; // [2] IMPLICIT IA5String
const IP_ADDRESS = 0x87; // [7] IMPLICIT OCTET STRING
const OCTET_STRING = 0x04;
const BOOLEAN = 0x01;
const TRUE = Uint8Array.of(0xff);
const OBJECT_IDENTIFIER = 0x06;
const EXTENSIONS = 0xa3; // [3] EXPLICIT Extensions
/** 2.5.29.30. */
const NAME_CONSTRAINTS = Buffer.from("551d1e", "hex");

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

/**
 * The permitted subtrees of a certificate (DER) whose every name is bounded by them; undefined where it is not: it has no such extension, or
 * one that is not critical, has other parts than `encodeNameConstraints` writes, or says nothing of names, of IPv4 or of IPv6 addresses,
 * because a kind of name that is not mentioned is not bounded (RFC 5280 §4.2.1.10).
 */
export function readNameConstraints(certificate: Uint8Array): readonly Subtree[] | undefined {
  const value = extensionOf(Buffer.from(certificate));
  const constraints = value && only(only({ tag: SEQUENCE, value }, SEQUENCE), PERMITTED);
  const subtrees = constraints && elements(constraints.value)?.map(readSubtree);
  if (subtrees === undefined || !subtrees.every((subtree) => subtree !== undefined)) return undefined;
  const kinds = new Set(subtrees.map(({ kind, base }) => (kind === "name" ? kind : base.length)));
  return kinds.has("name") && kinds.has(8) && kinds.has(32) ? subtrees : undefined;
}

/** What a CA with these subtrees may vouch for besides what is private: names with all below them, addresses and ranges of addresses. */
export function beyondPrivate(subtrees: readonly Subtree[]): readonly string[] {
  const common = permittedSubtrees([]);
  return subtrees.filter((subtree) => !common.some((known) => isSame(known, subtree))).map(textOf);
}

const isSame = (one: Subtree, other: Subtree): boolean => one.kind === other.kind && Buffer.from(one.base).equals(Buffer.from(other.base));

function textOf({ kind, base }: Subtree): string {
  if (kind === "name") return base;
  const [address, mask] = [base.subarray(0, base.length / 2), base.subarray(base.length / 2)];
  const text = address.length === 4 ? address.join(".") : written6(address);
  return mask.every((octet) => octet === 0xff)
    ? text
    : `${text}/${
        [...mask]
          .map((octet) => octet.toString(2))
          .join("")
          .replaceAll("0", "").length
      }`;
}

/** Written as the runtime writes addresses. */
function written6(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((address[2 * index]! << 8) | address[2 * index + 1]!).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** The value of a certificate's name constraints (RFC 5280 §4.1), which are there once, and critical. */
function extensionOf(certificate: Buffer): Buffer | undefined {
  const whole = only({ tag: SEQUENCE, value: certificate }, SEQUENCE);
  const [signed] = (whole && elements(whole.value)) ?? [];
  const parts = signed?.tag === SEQUENCE ? elements(signed.value) : undefined;
  const list = only(
    parts?.find(({ tag }) => tag === EXTENSIONS),
    SEQUENCE,
  );
  const extensions = list && elements(list.value)?.map(({ value }) => elements(value) ?? []);
  const ours = extensions?.filter(([id]) => id?.tag === OBJECT_IDENTIFIER && id.value.equals(NAME_CONSTRAINTS)) ?? [];
  const [[, critical, value] = []] = ours;
  const isCritical = critical?.tag === BOOLEAN && critical.value.equals(TRUE);
  return ours.length === 1 && isCritical && value?.tag === OCTET_STRING ? value.value : undefined;
}

/** The one element in another; undefined where it is another one, or not alone. */
function only(outer: Element | undefined, tag: number): Element | undefined {
  const [inner, more] = (outer && elements(outer.value)) ?? [];
  return inner?.tag === tag && more === undefined ? inner : undefined;
}

/** Without `minimum` and `maximum`, which no certificate may use. */
function readSubtree({ tag, value }: Element): Subtree | undefined {
  if (tag !== SEQUENCE) return undefined;
  const [base, more] = elements(value) ?? [];
  if (more !== undefined) return undefined;
  if (base?.tag === DNS_NAME) return { kind: "name", base: base.value.toString("latin1") };
  const isRange = base?.tag === IP_ADDRESS && (base.value.length === 8 || base.value.length === 32);
  return isRange ? { kind: "ip", base: base.value } : undefined;
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
