import { constants } from "node:fs";
import { open } from "node:fs/promises";

import { mistake, shown, type Read } from "./read.ts";

/** Octets; a key or a password has a few hundred. */
const LARGEST = 65_536;

/**
 * A secret from a file that holds nothing else; the line end behind it is not part of it, nor a byte order mark before it. No mistake repeats what is in the file.
 *
 * @param lines whether it may have more than one line: several secrets
 */
export async function readSecretFile(path: string, lines: boolean): Promise<Read<string>> {
  try {
    // Non-blocking: a named pipe that nobody writes to must not hold the start for ever.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) return mistake(`${shown(path)} is no ordinary file.`, "Name a file that holds the secret and nothing else.");
    if (stat.size > LARGEST)
      return mistake(`${shown(path)} has ${stat.size} octets.`, "Name a file that holds the secret and nothing else.");
    const whole = decoded(await file.readFile());
    if (whole === undefined) return mistake(`${shown(path)} is not written in UTF-8.`, "Save it as UTF-8.");
    const text = whole.replace(/\r?\n$/, "");
    if (text.trim() === "") return mistake(`${shown(path)} is empty.`, "Put the secret into it.");
    if (!lines && /[\n\r]/.test(text))
      return mistake(`${shown(path)} has more than one line.`, "Name a file that holds the secret and nothing else.");
    return { value: text };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return mistake(`${shown(path)} does not exist.`, "Check the path, or make the file.");
    if (code === "EACCES" || code === "EPERM") {
      return mistake(`This process may not read ${shown(path)}.`, "Make it readable by the user that runs the edge, and by nobody else.");
    }
    throw error;
  }
}

/** undefined: what could not be read would become other characters, and so another secret. */
function decoded(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return undefined;
  }
}
