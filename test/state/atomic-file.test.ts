import { chmod, chown, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { ConfigurationError } from "../../src/errors.ts";
import { ensureDirectory, writeFileAtomic } from "../../src/state/atomic-file.ts";
import { takeLock } from "../../src/state/lock.ts";
import { scratchDirectory } from "../support/scratch.ts";

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe("writeFileAtomic", () => {
  it("gives the file the mode asked for, whatever the umask is", async () => {
    const directory = await scratchDirectory();
    const umask = process.umask(0o077);
    await writeFileAtomic(join(directory, "open"), "x", 0o644).finally(() => process.umask(umask));
    expect(await modeOf(join(directory, "open"))).toBe("644");
  });

  it("closes a file that stood open before", async () => {
    const path = join(await scratchDirectory(), "key");
    await writeFile(path, "old", { mode: 0o644 });
    await writeFileAtomic(path, "new", 0o600);
    expect([await readFile(path, "utf8"), await modeOf(path)]).toEqual(["new", "600"]);
  });

  it("never shows a reader a part of a file while writers race", async () => {
    const path = join(await scratchDirectory(), "file");
    const texts = Array.from({ length: 4 }, (_, i) => String(i).repeat(200_000));
    await writeFileAtomic(path, texts[0]!, 0o600);
    let writing = true;
    const writers = Promise.all(
      texts.map(async (text) => {
        for (let n = 0; n < 5; n++) await writeFileAtomic(path, text, 0o600);
      }),
    ).finally(() => (writing = false));
    let reads = 0;
    while (writing) {
      expect(texts).toContain(await readFile(path, "utf8"));
      reads++;
    }
    await writers;
    expect(reads).toBeGreaterThan(3);
  });

  it("names the file that was meant when it fails, and not a temporary one", async () => {
    const path = join(await scratchDirectory(), "none", "file");
    await expect(writeFileAtomic(path, "x", 0o600)).rejects.toMatchObject({ code: "ENOENT", path });
  });

  it("leaves no temporary file behind when it fails", async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, "target", "full"), { recursive: true });
    await expect(writeFileAtomic(join(directory, "target"), "x", 0o600)).rejects.toMatchObject({
      code: expect.stringMatching(/EISDIR|ENOTEMPTY|EEXIST/),
    });
    expect(await readdir(directory)).toEqual(["target"]);
  });
});

describe("ensureDirectory", () => {
  const problemOf = async (path: string) => {
    const cause = await ensureDirectory(path).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(cause).toBeInstanceOf(ConfigurationError);
    return (cause as ConfigurationError).problems[0]!;
  };

  it("makes a directory that nobody else can enter, parents too", async () => {
    const path = join(await scratchDirectory(), "a", "b");
    await ensureDirectory(path);
    expect([await modeOf(path), await modeOf(join(path, ".."))]).toEqual(["700", "700"]);
  });

  it.each([0o770, 0o707, 0o777, 0o1777])("refuses one that others may write in (%o)", async (mode) => {
    const path = await scratchDirectory();
    await chmod(path, mode);
    expect(await problemOf(path)).toMatchObject({
      where: path,
      what: expect.stringContaining("Others may write"),
      mend: `Run: chmod 700 ${path}`,
    });
  });

  it("accepts one that others may list, as systemd makes it", async () => {
    const path = await scratchDirectory();
    await chmod(path, 0o755);
    await ensureDirectory(path);
    expect(await modeOf(path)).toBe("755");
  });

  it.skipIf(process.getuid?.() !== 0)("refuses one that belongs to somebody else", async () => {
    const path = await scratchDirectory();
    await chown(path, 12_345, 12_345);
    expect(await problemOf(path)).toMatchObject({
      what: expect.stringContaining("belongs to user id 12345"),
      mend: `Unless another edge uses it, run: chown -R 0 ${path}`,
    });
  });

  it("refuses a file, and a link to one", async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, "file"), "");
    await symlink("file", join(directory, "link"));
    for (const name of ["file", "link"]) {
      expect(await problemOf(join(directory, name))).toMatchObject({ where: join(directory, name), what: "It is not a directory." });
    }
  });

  it("says in words why one can't be made: a link that leads nowhere, a file on the way", async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, "file"), "");
    await symlink("nothing", join(directory, "link"));
    expect((await problemOf(join(directory, "link"))).what).toContain("a link that leads nowhere");
    expect((await problemOf(join(directory, "file", "state"))).what).toContain("something on the way to it is no directory");
  });

  it.skipIf(process.platform !== "linux")("comes to an end where the system takes no directory at all", async () => {
    expect((await problemOf("/proc/openclaw-edge/state")).what).toContain("the directory above it takes none");
  });
});

describe("takeLock", () => {
  it("lets one in at a time", async () => {
    const path = join(await scratchDirectory(), "lock");
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        await using _lock = await takeLock(path);
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 10));
        inside--;
      }),
    );
    expect(most).toBe(1);
  });

  it("takes over the lock of a process that died", async () => {
    const path = join(await scratchDirectory(), "lock");
    await writeFile(path, "");
    await utimes(path, new Date(0), new Date(0));
    await using lock = await takeLock(path);
    expect(lock).toBeDefined();
  });
});
