import { execFileSync } from "node:child_process";
import { open, rename } from "node:fs/promises";

import { pause } from "./eventually.ts";

/**
 * Puts a named pipe in a file's place, so that whoever reads it now is not done before `finish` says what it holds; a file renamed over it
 * meanwhile is another one.
 */
export async function slowReading(path: string): Promise<{
  /** Resolves when somebody has begun to read it. */
  readonly begun: Promise<void>;
  readonly finish: (content: string) => Promise<void>;
}> {
  await pause(100); // whoever watches the file has taken note of what happened to it before
  execFileSync("mkfifo", ["-m", "600", `${path}.pipe`]);
  await rename(`${path}.pipe`, path);
  // Opening it for writing waits for a reader.
  const writer = open(path, "w");
  return {
    begun: writer.then(() => undefined),
    finish: async (content) => {
      await using file = await writer;
      await file.writeFile(content);
    },
  };
}
