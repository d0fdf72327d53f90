import type { Log } from "../../log/log.ts";
import type { UsersSource } from "../passwords.ts";
import type { LifespanOptions } from "./lifespan.ts";

export interface SessionsOptions extends LifespanOptions {
  /** The state directory. */
  readonly directory: string;
  readonly users: UsersSource;
  readonly log: Log;
  /** Sessions of one user; one more ends the one unused for longest. Default 50. */
  readonly perUser?: number;
  /** Sessions in all. Default 10,000 (about 8 MB of memory, 3 MB on the disk). */
  readonly capacity?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds on a clock that never goes back. */
  readonly steady?: () => number;
}
