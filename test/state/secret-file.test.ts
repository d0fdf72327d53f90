import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openSecret, SECRET_SIZE } from "../../src/state/secret-file.ts";
import { scratchDirectory } from "../support/scratch.ts";

describe("a state directory's secret", () => {
  test("is made once, for its owner alone, and is the same for all who ask", async () => {
    const path = join(await scratchDirectory(), "key");
    const [one, other] = await Promise.all([openSecret(path), openSecret(path)]);
    expect(one.key).toHaveLength(SECRET_SIZE);
    expect(other.key).toEqual(one.key);
    expect((await openSecret(path)).key).toEqual(one.key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path)).toEqual(one.key);
  });

  test.each([
    ["damaged", 0o600, "short"],
    ["exposed", 0o644, "x".repeat(SECRET_SIZE)],
  ] as const)("that is %s is replaced, and that is told", async (replaced, mode, content) => {
    const path = join(await scratchDirectory(), "key");
    await writeFile(path, content);
    await chmod(path, mode);
    const secret = await openSecret(path);
    expect(secret.replaced).toBe(replaced);
    expect(secret.key.toString("latin1")).not.toBe(content);
    expect((await openSecret(path)).replaced).toBeUndefined();
  });
});
