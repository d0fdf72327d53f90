/** The throttle's memory over restarts. Names stand in it as keyed hashes; a lost or damaged file costs nothing but that memory. */
import { readFile, stat } from "node:fs/promises";

import { SnapshotFile } from "../../state/snapshot-file.ts";
import type { Log } from "../../log/log.ts";
import type { KeptLine } from "./ledger.ts";
import type { Kind, KeptLines, Throttle } from "./throttle.ts";

/** Milliseconds within which a failure is on the disk, with all that happened meanwhile. A killed process forgets so much. */
const WRITTEN_WITHIN = 5_000;

/** Entries of each kind that are kept: the file stays under 400 KB. */
const KEPT = 2_048;

/** Octets of a file that is read. */
const LARGEST = 1_048_576;

const KINDS: readonly Kind[] = ["prefix", "network", "name", "device"];

/** Takes up what is in the file, and follows the throttle from then on; closing writes what has not been written yet. */
export async function openThrottleFile(path: string, throttle: Throttle, log: Log): Promise<Pick<SnapshotFile, "close">> {
  const kept = await read(path, log);
  if (kept !== undefined) throttle.restore(kept);
  const file = new SnapshotFile({
    path,
    content: () => serialise(throttle.lines(KEPT)),
    failing: (cause) => log.warn("Failed sign-ins can't be written down; a restart forgets them.", { path, cause: String(cause) }),
    recovered: () => log.info("Failed sign-ins are written down again.", { path }),
  });
  throttle.onFailure = () => file.soon(WRITTEN_WITHIN);
  return file;
}

function serialise(lines: KeptLines): string {
  const short = (line: KeptLine) => [line.key, line.failures, Math.round(line.age / 1_000)];
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, lines[kind].map(short)]));
  return `${JSON.stringify({ version: 1, saved: Date.now(), ...kinds })}\n`;
}

async function read(path: string, log: Log): Promise<Partial<KeptLines> | undefined> {
  try {
    if ((await stat(path)).size > LARGEST) throw new RangeError(`It is larger than ${LARGEST} octets.`);
    const content: unknown = JSON.parse(await readFile(path, "utf8"));
    return parse(content);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    log.warn("The record of failed sign-ins can't be read; it begins anew.", { path, cause: String(cause) });
    return undefined;
  }
}

function parse(content: unknown): Partial<KeptLines> {
  if (typeof content !== "object" || content === null || !("saved" in content) || typeof content.saved !== "number") {
    throw new TypeError("It is no record of failed sign-ins.");
  }
  // A clock that was set back while the edge was away makes nobody wait longer.
  const away = Math.max(0, Date.now() - content.saved);
  const lines = (kind: Kind): readonly KeptLine[] => {
    const written: unknown = (content as Readonly<Record<string, unknown>>)[kind];
    return Array.isArray(written) ? written.flatMap((line) => parseLine(line, away)) : [];
  };
  return { prefix: lines("prefix"), network: lines("network"), name: lines("name"), device: lines("device") };
}

function parseLine(line: unknown, away: number): readonly KeptLine[] {
  if (!Array.isArray(line)) return [];
  const [key, failures, age] = line as readonly unknown[];
  if (typeof key !== "string" || !/^[\w-]{16}$/.test(key) || !isCount(failures) || !isCount(age)) return [];
  return [{ key, failures, age: age * 1_000 + away }];
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 1e9;
