import { join } from "node:path";

/** The checkout. */
export const ROOT = join(import.meta.dirname, "..");
/** What the bench keeps from run to run: results, fetched competitors. Git-ignored. */
export const CACHE = join(ROOT, ".cache", "bench");
