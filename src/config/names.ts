import { isIP, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";

import type { ServedName } from "./served-name.ts";
import { mistake, shown, type Read } from "./read.ts";

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Characters of a name without its final dot (RFC 1035 §2.3.4 counts 255 octets on the wire). */
const LONGEST_NAME = 253;

/** A name or an address as visitors type it: lower case, A-labels, no trailing dot; addresses in canonical form. */
export function readServedName(text: string): Read<ServedName> {
  if (text === "") return mistake("The name is empty.", "Write the name that visitors type: --domain ai.example.com.");
  const address = canonicalAddress(text);
  if (address !== undefined) return servedAddress(address);
  return notJustAName(text) ?? readName(text);
}

/** The canonical text of an IP address (RFC 5952 for IPv6, with or without brackets on the way in); undefined: it is none. */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (bare !== text && !isIPv6(bare)) return undefined;
  if (bare.includes("%") || isIP(bare) === 0) return undefined;
  if (!isIPv6(bare)) return bare;
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const high = Number.parseInt(mapped[1] ?? "0", 16);
  const low = Number.parseInt(mapped[2] ?? "0", 16);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

function servedAddress(address: string): Read<ServedName> {
  if (address !== "0.0.0.0" && address !== "::") return { value: { kind: "ip", value: address } };
  return mistake(`${shown(address)} stands for every address and no visitor can open it.`, `To listen on it write --host ${address}.`);
}

/** Everything that people paste beside a name, each with the right value in the mend. */
function notJustAName(text: string): Read<ServedName> | undefined {
  if (/[\s,]/.test(text)) {
    const names = text.split(/[\s,]+/).filter((name) => name !== "");
    return mistake(
      `${shown(text)} is more than one name.`,
      `Write one flag for each: ${names.map((name) => `--domain ${name}`).join(" ")}.`,
    );
  }
  const scheme = /^[a-z][a-z0-9+.-]*:\/\/(?<host>[^/?#]*)/i.exec(text);
  if (scheme !== null) return mistake(`${shown(text)} is a URL.`, onlyTheName(scheme.groups?.["host"] ?? ""));
  if (/[/?#\\]/.test(text)) return mistake(`${shown(text)} has a path.`, onlyTheName(text.split(/[/?#\\]/, 1)[0] ?? ""));
  if (text.includes("@")) return mistake(`${shown(text)} has a user name in it.`, onlyTheName(text.slice(text.lastIndexOf("@") + 1)));
  if (text.includes("%")) return mistake(`${shown(text)} has a % in it.`, "Write the plain name, or an address without a zone.");
  const port = /^(?<host>[^:]+|\[[^\]]*\]):(?<port>\d*)$/.exec(text)?.groups;
  if (port !== undefined) {
    return mistake(`${shown(text)} has a port.`, `Write --domain ${port["host"]} --https-port ${port["port"] || "443"}.`);
  }
  if (text.includes("*")) {
    return mistake(`${shown(text)} is a wildcard.`, `Name each host: --domain ${text.replace(/^\*\.?/, "ai.") || "ai.example.com"}.`);
  }
  return undefined;
}

function onlyTheName(authority: string): string {
  const name = authority.replace(/^.*@/, "").replace(/(?<!:):\d*$/, "");
  return `Write the name alone: --domain ${name === "" ? "ai.example.com" : name}.`;
}

function readName(text: string): Read<ServedName> {
  const dotless = text.endsWith(".") ? text.slice(0, -1) : text;
  if (dotless.split(".").includes("")) {
    const joined = dotless
      .split(".")
      .filter((label) => label !== "")
      .join(".");
    return mistake(
      `${shown(text)} has an empty label (two dots in a row, or a dot in front).`,
      `Write --domain ${joined || "ai.example.com"}.`,
    );
  }
  if (dotless.includes("_")) {
    return mistake(
      `${shown(text)} has an underscore, which host names can't have.`,
      `Write --domain ${dotless.replaceAll("_", "-").toLowerCase()}, if that is its name.`,
    );
  }
  const name = domainToASCII(dotless.toLowerCase());
  // domainToASCII answers an IPv4 address for 127.1 or 0x7f.1: browsers do the same, and people rarely mean it.
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i.test(dotless)) {
    return mistake(`${shown(text)} looks like an IPv4 address and is none.`, "Write four numbers from 0 to 255, such as 192.0.2.10.");
  }
  if (name === "" || !name.split(".").every((label) => LABEL.test(label) || label.length > 63)) {
    return mistake(
      `${shown(text)} is no host name.`,
      "Use letters, digits, hyphens (not at a label's ends) and dots: --domain ai.example.com.",
    );
  }
  const longest = name.split(".").find((label) => label.length > 63);
  if (longest !== undefined)
    return mistake(`${shown(text)} has a label of ${longest.length} characters.`, "A label has 63 at most: choose a shorter name.");
  if (name.length > LONGEST_NAME)
    return mistake(`${shown(text)} has ${name.length} characters.`, "A name has 253 at most: choose a shorter one.");
  return { value: { kind: "name", value: name } };
}
