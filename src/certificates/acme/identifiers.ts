/** Names as ACME writes them (RFC 8555 §9.7.7, RFC 8738 §3). */
import { isIPv4 } from "node:net";

import type { ServedName } from "../../config/served-name.ts";
import { canonicalAddress } from "../../config/names.ts";
import { asRecord, asText } from "./json.ts";

export interface Identifier {
  readonly type: "dns" | "ip";
  readonly value: string;
}

export const toIdentifier = ({ kind, value }: ServedName): Identifier => ({ type: kind === "ip" ? "ip" : "dns", value });

/** undefined: a kind that we never order, or no identifier at all. */
export function readIdentifier(value: unknown): ServedName | undefined {
  const record = asRecord(value);
  const text = asText(record?.["value"]);
  if (text === undefined) return undefined;
  if (record?.["type"] === "dns") return { kind: "name", value: text.toLowerCase() };
  if (record?.["type"] !== "ip") return undefined;
  const address = canonicalAddress(text);
  return address === undefined ? undefined : { kind: "ip", value: address };
}

/** A key for maps and files. Names and addresses can't be mistaken for each other. */
export const keyOf = ({ kind, value }: ServedName): string => `${kind}:${value}`;

export function isSameSet(names: readonly ServedName[], others: readonly ServedName[]): boolean {
  const keys = new Set(names.map(keyOf));
  const otherKeys = new Set(others.map(keyOf));
  return keys.size === otherKeys.size && [...keys].every((key) => otherKeys.has(key));
}

/** What comes as SNI for a tls-alpn-01 validation: an address is asked for by its reverse-mapping name (RFC 8738 §6). */
export function serverNameOf(name: ServedName): string {
  if (name.kind === "name") return name.value;
  if (isIPv4(name.value)) return `${name.value.split(".").toReversed().join(".")}.in-addr.arpa`;
  return `${[...groupsOf(name.value).join("")].toReversed().join(".")}.ip6.arpa`;
}

/** The eight groups of an IPv6 address in canonical text, each with its four digits. */
function groupsOf(address: string): readonly string[] {
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : new Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, "0"));
}
