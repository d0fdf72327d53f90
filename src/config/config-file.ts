import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { resolve } from "node:path";

import type { Problem } from "../errors.ts";
import { problemAt, type ConfigObject } from "./config-node.ts";
import { described } from "./config-node.ts";
import { mistake, type Mistake } from "./read.ts";
import type { Surroundings } from "./surroundings.ts";

/** Octets: 800 routes. A running edge reads the file again, and parsing this much takes 10 ms. */
const LARGEST = 65_536;

/** What became of reading a configuration file. */
export type ConfigFile =
  /** `problems`: what is wrong in it although it can be read as a whole. `exposed`, `writable`: every account can read it, or write to it. */
  | {
      readonly kind: "read";
      readonly root: ConfigObject;
      readonly problems: readonly Problem[];
      readonly exposed: boolean;
      readonly writable: boolean;
    }
  /** Nothing in it can be relied on. */
  | { readonly kind: "unreadable"; readonly problems: readonly [Problem, ...Problem[]] }
  | { readonly kind: "absent" };

/** Reads a configuration file: UTF-8, with or without a byte order mark, in JSON5. Bounded in time and size, whatever it is. */
export async function readConfigFile(file: string, { directory }: Surroundings): Promise<ConfigFile> {
  const bounded = await readBounded(resolve(directory, file));
  if (bounded === "absent") return { kind: "absent" };
  if (!("octets" in bounded)) return unreadable(file, bounded);
  const text = decodeText(bounded.octets);
  if (typeof text !== "string") return unreadable(file, text);
  // Loaded only where there is a file: the parser costs memory for the process's life.
  const { parseJson5 } = await import("./json5.ts");
  const { root, problems } = parseJson5(text, file);
  if (root === undefined) return { kind: "unreadable", problems: problems as readonly [Problem, ...Problem[]] };
  if (root.kind === "object") {
    const { exposed, writable } = bounded;
    return { kind: "read", root, problems, exposed, writable };
  }
  const whole = problemAt(root.place, mistake(`The file is ${described(root)}.`, "Put everything into one object: { … }."));
  return { kind: "unreadable", problems: [whole, ...problems] };
}

function unreadable(file: string, { what, mend }: Mistake): ConfigFile {
  return { kind: "unreadable", problems: [{ where: file, what, mend }] };
}

interface Octets {
  readonly octets: Buffer;
  readonly exposed: boolean;
  readonly writable: boolean;
}

async function readBounded(path: string): Promise<Octets | "absent" | Mistake> {
  try {
    // Non-blocking: a named pipe that nobody writes to must not hold the start for ever.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (stat.isDirectory()) return mistake("It is a directory.", "Name the file in it: --config FILE.");
    if (!stat.isFile()) return mistake("It is no ordinary file.", "Name a file, so that it can be read again on reload.");
    if (stat.size > LARGEST) return tooLarge(stat.size);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LARGEST + 1), 0, LARGEST + 1, 0);
    if (bytesRead > LARGEST) return tooLarge(bytesRead);
    const mode = process.getuid === undefined ? 0 : stat.mode; // Windows: access is not expressed in modes
    return { octets: buffer.subarray(0, bytesRead), exposed: (mode & 0o004) !== 0, writable: (mode & 0o002) !== 0 };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return "absent";
    if (code === "EACCES" || code === "EPERM") {
      return mistake(
        "This process may not read it.",
        "Let this user read it, run this as one who may (sudo), or go without it: --config off.",
      );
    }
    if (code === "ELOOP") return mistake("It is a symbolic link that leads to itself.", "Name the file itself.");
    if (code === "ENAMETOOLONG") return mistake("The path is too long.", "Name a file with a shorter path.");
    throw error;
  }
}

const tooLarge = (octets: number): Mistake =>
  mistake(`It has ${octets.toLocaleString("en")} octets; ${LARGEST.toLocaleString("en")} are allowed.`, "Is it the right file?");

function decodeText(octets: Buffer): string | Mistake {
  const [first, second] = octets;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return mistake("It is written in UTF-16.", "Save it as UTF-8.");
  }
  try {
    // A byte order mark is taken off.
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return mistake("It is not written in UTF-8.", "Save it as UTF-8.");
  }
}
