import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** An import that is there at run time, of a module of ours: not a type, and not by `import()`. */
const STATIC = /^(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"/gm;

/** The modules that are loaded together with some, by absolute path: what they import, what that imports, and so on. */
export function staticImports(entries: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const [, target = ""] of readFileSync(path, "utf8").matchAll(STATIC)) visit(resolve(dirname(path), target));
  };
  for (const entry of entries) visit(resolve(entry));
  return found;
}
