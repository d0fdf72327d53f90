import { isPrivateName } from "./private-names.ts";
import { readServedName } from "./names.ts";
import type { Reader } from "./option.ts";
import { isMistake, mistake, shown, type Read } from "./read.ts";

/** A CA's directory as somebody wrote it. */
export interface NamedServer {
  readonly name: string;
  readonly directory: string;
  readonly staging: string | undefined;
  /** A CA that everybody's browser trusts: it vouches for public names alone. */
  readonly isPublic: boolean;
}

const known = (name: string, directory: string, staging?: string): NamedServer => ({ name, directory, staging, isPublic: true });

/** The CAs that have a name of their own. */
const KNOWN: readonly NamedServer[] = [
  known("letsencrypt", "https://acme-v02.api.letsencrypt.org/directory", "https://acme-staging-v02.api.letsencrypt.org/directory"),
  known("letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory"),
  known("zerossl", "https://acme.zerossl.com/v2/DV90"),
  // Its test directory needs an account key of its own, so nothing can be tried there by itself.
  known("google", "https://dv.acme-v02.api.pki.goog/directory"),
];

/** Reads `--acme-server`: a name, or the URL of a directory. */
export function readAcmeServer(text: string): Read<NamedServer> {
  const word = text.toLowerCase();
  const byName = KNOWN.find(({ name, directory }) => name === word || directory === text);
  if (byName !== undefined) return { value: byName };
  const names = KNOWN.map(({ name }) => name).join(", ");
  const url = URL.parse(text);
  if (url === null || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    return mistake(`${shown(text)} is no CA that has a name here, and no URL.`, `Write ${names}, or the URL of an ACME directory.`);
  }
  if (url.protocol !== "https:") {
    return mistake(
      `${shown(text)} is not https, and ACME is spoken by HTTPS alone (RFC 8555 §6.1).`,
      `Write https://${url.host}${url.pathname}.`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    return mistake("The URL has a user name, a password or a # in it.", `Write https://${url.host}${url.pathname}${url.search}.`);
  }
  const host = readServedName(url.hostname);
  if (isMistake(host)) return mistake(`The host of ${shown(text)} is not valid.`, `Write ${names}, or the URL of an ACME directory.`);
  return { value: { name: url.host, directory: url.href, staging: undefined, isPublic: false } };
}

/** A value that belongs to one CA: `SERVER=VALUE`, or the value alone. */
export interface ForServer {
  /** As it was written: a CA's name, or the host of its URL. Undefined: the only one. */
  readonly server: string | undefined;
  readonly value: string;
}

/** `zerossl=value`; a value with a `=` in it and no such CA in front of it stays whole. */
export function splitServer(text: string): ForServer {
  const at = text.indexOf("=");
  const server = text.slice(0, Math.max(0, at)).toLowerCase();
  return /^[a-z0-9.-]+(?::\d+)?$/.test(server) ? { server, value: text.slice(at + 1).trim() } : { server: undefined, value: text };
}

/** Reads `--email`. */
export function readEmail(text: string): Read<string> {
  if (/^mailto:/i.test(text)) return mistake(`${shown(text)} is a link.`, `Write --email ${text.slice(7)}.`);
  // RFC 8555 §7.3: one address, without header fields (`?`).
  if (/^[^\s@,;?<>"()%]{1,64}@[^\s@,;?<>"()%]{3,189}$/.test(text)) return { value: text };
  return mistake(`${shown(text)} is no e-mail address.`, "Write one address: --email you@example.com.");
}

export function readProfile(text: string): Read<string> {
  if (/^[\w-]{1,64}$/.test(text)) return { value: text };
  return mistake(`${shown(text)} is no profile's name.`, "Write the name as the CA has it: classic, tlsserver or shortlived.");
}

export const readChallenge: Reader<"http-01" | "tls-alpn-01"> = Object.assign(challenge, {
  schema: { enum: ["http-01", "tls-alpn-01"] },
} as const);

function challenge(text: string): Read<"http-01" | "tls-alpn-01"> {
  const type = text.toLowerCase();
  if (type === "http-01" || type === "tls-alpn-01") return { value: type };
  if (type === "dns-01") return mistake("dns-01 is not supported yet.", "Write http-01 or tls-alpn-01.");
  return mistake(`${shown(text)} is no challenge type.`, "Write http-01 or tls-alpn-01.");
}

/** One CA's external account binding as it was written. */
export interface WrittenBinding {
  readonly server: string | undefined;
  readonly keyIdentifier: string;
  readonly macKey: string;
}

/** Reads `--acme-eab`: `[SERVER] KEYID HMACKEY`, one CA a line. It is a secret: nothing of it is ever repeated in a mistake. */
export function readBindings(text: string): Read<readonly WrittenBinding[]> {
  const bindings: WrittenBinding[] = [];
  for (const line of text.split(/[\r\n]+/)) {
    if (line.trim() === "" || line.trim().startsWith("#")) continue;
    const words = line.trim().split(/\s+/);
    const [macKey = "", keyIdentifier = "", server] = words.length === 1 ? [] : words.toReversed();
    if (words.length > 3 || keyIdentifier === "" || !/^[\w+/-]{16,}={0,2}$/.test(macKey)) {
      return mistake(
        "It is not a key identifier and an HMAC key in base64url.",
        "Write both as the CA shows them, one CA a line: zerossl KEYID HMACKEY.",
      );
    }
    const base64url = macKey.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    bindings.push({ server: server?.toLowerCase(), keyIdentifier, macKey: base64url });
  }
  if (bindings.length > 0) return { value: bindings };
  return mistake("There is no key in it.", "Write a key identifier and an HMAC key, one CA a line: zerossl KEYID HMACKEY.");
}

/** Reads `--notify`. */
export function readNotify(text: string): Read<string> {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return mistake("It is no http or https URL.", "Write where a JSON POST is taken: --notify https://example.com/hook.");
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    return mistake("It has a user name, a password or a # in it.", "Leave them out; a bearer token goes into --notify-token-file.");
  }
  const host = readServedName(url.hostname);
  if (url.protocol === "http:" && (isMistake(host) || !isPrivateName(host.value))) {
    return mistake("It leaves this network without encryption.", `Write https://${url.host}${url.pathname}.`);
  }
  return { value: url.href };
}

/** Reads a bearer token (RFC 6750 §2.1); it is a secret. */
export function readToken(text: string): Read<string> {
  if (/^[\w.~+/-]{1,4096}=*$/.test(text)) return { value: text };
  return mistake("It is no bearer token.", "Write the token alone, without Bearer in front: letters, digits and -._~+/ only.");
}
