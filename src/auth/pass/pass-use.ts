/** When each pass was used last, in `passes-used.json`: a file of the running edge's own, so that it never waits for a command. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { SnapshotFile } from "../../state/snapshot-file.ts";
import { PASS_ID } from "./pass-text.ts";
import { MOST_PASSES } from "./passes-record.ts";
import type { Log } from "../../log/log.ts";

export interface Use {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The client's address. */
  readonly from: string;
}

export interface PassUse {
  of(id: string): Use | undefined;
  note(id: string, use: Use): void;
  /** Writes what has not been written yet. */
  close(): Promise<void>;
}

/** Milliseconds within which a pass's first use is on the disk, and a later one: the same for all passes together. */
const FIRST_WITHIN = 1_000;
const WITHIN = 60_000;

/** Ids of passes that are gone stay until there are so many. */
const MOST = 2 * MOST_PASSES;

export async function openPassUse(state: string, log: Log): Promise<PassUse> {
  const path = join(state, "passes-used.json");
  const uses = new Map(await readPassUse(state));
  const file = new SnapshotFile({
    path,
    content: () => write(uses),
    failing: (error) => log.warn("The last use of passes can't be written down.", { path, error }),
    recovered: () => log.info("The last use of passes is written down again.", { path }),
  });
  return {
    of: (id) => uses.get(id),
    note(id, use) {
      file.soon(uses.has(id) ? WITHIN : FIRST_WITHIN);
      uses.delete(id);
      uses.set(id, use);
      if (uses.size <= MOST) return;
      for (const oldest of uses.keys()) {
        uses.delete(oldest);
        break;
      }
    },
    close: () => file.close(),
  };
}

/** What the file says; nothing where it is missing or broken, because nothing depends on it. */
export async function readPassUse(state: string): Promise<ReadonlyMap<string, Use>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(state, "passes-used.json"), "utf8"));
    const used = isObject(parsed) && isObject(parsed["used"]) ? parsed["used"] : {};
    return new Map(Object.entries(used).flatMap(([id, use]) => readUse(id, use)));
  } catch {
    return new Map();
  }
}

function readUse(id: string, use: unknown): readonly (readonly [string, Use])[] {
  if (!PASS_ID.test(id) || !isObject(use)) return [];
  const { at, from } = use;
  const time = typeof at === "string" ? Date.parse(at) : Number.NaN;
  return Number.isNaN(time) || typeof from !== "string" || from.length > 64 ? [] : [[id, { at: time, from }]];
}

function write(uses: ReadonlyMap<string, Use>): string {
  const used = Object.fromEntries([...uses].map(([id, { at, from }]) => [id, { at: new Date(at).toISOString(), from }]));
  return `${JSON.stringify({ version: 1, used })}\n`;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
