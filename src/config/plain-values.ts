import { isAbsolute, resolve } from "node:path";

import { canonicalAddress } from "./names.ts";
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

export function readTls(text: string): Read<"internal"> {
  if (text.toLowerCase() === "internal") return { value: "internal" };
  return mistake(
    `${shown(text)} is not known.`,
    "Write --tls internal for a local CA, or bring a certificate with --cert FILE --key FILE.",
  );
}

export function readOptionalPort(text: string): Read<number | false> {
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

export function readLogFormat(text: string): Read<"auto" | "json" | "text"> {
  const format = text.toLowerCase();
  if (format === "auto" || format === "json" || format === "text") return { value: format };
  return mistake(`${shown(text)} is no log format.`, "Write auto, json or text.");
}
