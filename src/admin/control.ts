import type { Problem } from "../errors.ts";
import { plainVerb, type Verb } from "./verb.ts";

/** What became of a reload. */
export interface Reloaded {
  /** What was wrong, and what needs a restart; all else is in force. */
  readonly problems: readonly Problem[];
}

/** Reads users, certificates and the configuration again. */
export const RELOAD = plainVerb<Reloaded>("reload");

export interface Stopping {
  readonly pid: number;
  /** Milliseconds that requests and WebSockets get to end. */
  readonly grace: number;
}

/** Begins to stop; what is asked for here is answered before it has ended. `now`: cut everything. */
export const STOP: Verb<{ readonly now: boolean }, Stopping> = {
  name: "stop",
  read: ({ now }) => ({ value: { now: now === true } }),
};
