import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { openFileStore } from "../../src/certificates/file-store.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { storeConformance } from "./store-conformance.ts";

const MODULE = new URL("../../src/certificates/file-store.ts", import.meta.url).href;

storeConformance("files", async () => {
  const directory = join(await scratchDirectory(), "certs");
  const timing = { beat: 50, stale: 1_000, look: 5 };
  // The other process keeps its lease for the ordinary time: silence would free it after 20 s, and death does at once.
  const program = `import { openFileStore } from ${JSON.stringify(MODULE)}; const store = await openFileStore(${JSON.stringify(directory)});`;
  return {
    store: await openFileStore(directory, { timing: { ...timing, stale: 20_000 } }),
    again: () => openFileStore(directory, { timing }),
    program,
  };
});

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe("files", () => {
  it("are the owner's alone, in directories of his own, and other programs find them under their keys", async () => {
    const directory = join(await scratchDirectory(), "certs");
    const store = await openFileStore(directory);
    await store.store("ai.example.com/certificate.pem", "PEM");
    expect(await readFile(join(directory, "ai.example.com", "certificate.pem"), "utf8")).toBe("PEM");
    expect(await modeOf(directory)).toBe("700");
    expect(await modeOf(join(directory, "ai.example.com"))).toBe("700");
    expect(await modeOf(join(directory, "ai.example.com", "certificate.pem"))).toBe("600");
  });

  it("that others may write beside are refused, with the mend", async () => {
    const directory = await scratchDirectory();
    await chmod(directory, 0o777);
    await expect(openFileStore(directory)).rejects.toMatchObject({ problems: [{ where: directory, mend: `Run: chmod 700 ${directory}` }] });
  });

  it("of gigantic size are an error, not a value", async () => {
    const directory = await scratchDirectory();
    const store = await openFileStore(directory);
    await writeFile(join(directory, "k"), Buffer.alloc(1_048_577));
    await expect(store.load("k")).rejects.toThrow(/larger than/);
  });

  it("half written by a process that was killed are no values", async () => {
    const directory = await scratchDirectory();
    const store = await openFileStore(directory);
    await mkdir(join(directory, "a"));
    await writeFile(join(directory, "a", ".certificate.pem.1.aabb.tmp"), "half");
    expect(await store.list("")).toEqual([]);
  });
});
