import type { Problem } from "../errors.ts";
import { changedOptions } from "./load.ts";
import type { EdgeOptions } from "./decode.ts";
import { OPTIONS, type OptionName } from "./options.ts";
import type { StructuredKey } from "./structured.ts";
import { placeName } from "./written.ts";

/** What a reload puts in force. Everything else is decided when the edge starts: what it listens on, who it is, where its files are. */
export const LIVE: ReadonlySet<OptionName | StructuredKey> = new Set([
  ...(["upstream", "routes", "expose", "hsts"] as const),
  ...(["head", "idle", "body", "write", "connect", "hold", "drain"] as const),
  ...([
    "headSize",
    "headFields",
    "pipelined",
    "minimumBodyRate",
    "connectionsPerClient",
    "connections",
    "idleUpstream",
    "exposeRate",
  ] as const),
]);

/** What is different from the start, and is not put in force by a reload. */
export function needingRestart(atStart: EdgeOptions, now: EdgeOptions): readonly Problem[] {
  return changedOptions(atStart, now)
    .filter((name) => !LIVE.has(name))
    .map((name) => ({
      where: placeOf(name, atStart, now),
      what: "It has changed since the edge was started, and can't change while it runs.",
      mend: "Restart the edge to put it in force, or change it back.",
    }));
}

function placeOf(name: OptionName | StructuredKey, atStart: EdgeOptions, now: EdgeOptions): string {
  if (!isOption(name)) return name;
  // Where it is written now, or where it was: it may have been taken out.
  const written = now.written(name)[0] ?? atStart.written(name)[0];
  return written === undefined ? `--${OPTIONS[name].flag}` : placeName(written.origin);
}

const isOption = (name: OptionName | StructuredKey): name is OptionName => name in OPTIONS;
