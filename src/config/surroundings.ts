import { homedir } from "node:os";

/** What decoding needs to know of the process besides its flags. */
export interface Surroundings {
  readonly directory: string;
  readonly home: string;
  /** The effective user id; undefined where the system has none. */
  readonly uid: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the system's own directories are; for tests. Default `/`. */
  readonly root?: string;
}

export function surroundings(): Surroundings {
  return { directory: process.cwd(), home: homedir(), uid: process.geteuid?.(), environment: process.env };
}
