import { isAbsolute, resolve } from "node:path";

import { splitServer, type ForServer } from "./acme-servers.ts";
import { canonicalAddress } from "./names.ts";
import type { Reader } from "./option.ts";
import { port } from "./quantities.ts";
import { mistake, shown, type Read } from "./read.ts";
import type { Surroundings } from "./surroundings.ts";

/** Absolute, with `~` understood. */
export function readPath(text: string, { directory, home }: Surroundings): Read<string> {
  if (text === "") return mistake("The path is empty.", "Write the path of the file or directory.");
  if (text.includes("\0")) return mistake("The path has a NUL character.", "Write a plain path.");
  // A shell leaves the ~ of --flag=~/x alone, and a directory named ~ helps nobody.
  if (text === "~" || text.startsWith("~/")) return { value: resolve(home, text.slice(2)) };
  return { value: isAbsolute(text) ? resolve(text) : resolve(directory, text) };
}

/** A path, alone or as `SERVER=PATH`. */
export function readServerFile(text: string, surroundings: Surroundings): Read<ForServer> {
  const { server, value } = splitServer(text);
  const path = readPath(value, surroundings);
  return "value" in path ? { value: { server, value: path.value } } : path;
}

/** A path, or false for no file. */
export function readConfigFilePath(text: string, surroundings: Surroundings): Read<string | false> {
  return text.toLowerCase() === "off" ? { value: false } : readPath(text, surroundings);
}

export const readTls = oneOf(
  ["internal", "acme"],
  "is not known",
  "Write --tls internal for a local CA, --tls acme to obtain every certificate, or bring one with --cert FILE --key FILE.",
);

export const readLogin = oneOf(
  ["page", "basic"],
  "is no way to sign in",
  "Write page for the sign-in page, or basic for the browser's own dialog.",
);

export const readLogFormat = oneOf(["auto", "json", "text"], "is no log format", "Write auto, json or text.");

export const readOptionalPort: Reader<number | false> = Object.assign(optionalPort, {
  schema: { anyOf: [port.schema ?? {}, { const: "off" }] },
} as const);

function optionalPort(text: string): Read<number | false> {
  if (text.toLowerCase() === "off") return { value: false };
  const read = port(text);
  return "value" in read ? read : mistake(read.what, "Write a number from 1 to 65535, or off for no redirecting port.");
}

export function readHost(text: string): Read<string> {
  const address = canonicalAddress(text);
  if (address !== undefined) return { value: address };
  const mend =
    text.toLowerCase() === "localhost"
      ? "Write --host 127.0.0.1, and --host ::1 for IPv6."
      : "Write an address of this machine, such as 0.0.0.0 or ::.";
  return mistake(`${shown(text)} is no IP address.`, mend);
}

/** What could be an account; whether there is one is asked where it is needed. */
export function readAccountName(text: string): Read<string> {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\$?$/.test(text)) return { value: text };
  return mistake(`${shown(text)} is no account's name.`, "Write a user's name or number, as in openclaw-edge or 990.");
}

/** One of a few words, in capitals or not. */
function oneOf<const Word extends string>(words: readonly Word[], isWrong: string, mend: string): Reader<Word> {
  const read = (text: string): Read<Word> => {
    const value = words.find((word) => word === text.toLowerCase());
    return value === undefined ? mistake(`${shown(text)} ${isWrong}.`, mend) : { value };
  };
  return Object.assign(read, { schema: { enum: words } });
}
