import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Processes that this one started and that run the ACME child. */
export function acmeChildrenOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const fields = readFileSync(join("/proc", entry, "stat"), "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        // Its title takes the place of its arguments once it runs.
        return fields[1] === String(parent) && /acme-child|edge acme/.test(readFileSync(join("/proc", entry, "cmdline"), "utf8"));
      } catch {
        return false; // it ended meanwhile
      }
    })
    .map(Number);
}
