import { chmod, chown, lchown, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { asOwnerOf } from "../../src/state/as-owner.ts";
import { editFile } from "../../src/state/edit-file.ts";
import { scratchDirectory } from "../support/scratch.ts";

const options = { largest: 1_000, signal: AbortSignal.timeout(30_000) };
const append = (text: string) => (content: Buffer | undefined) => ({
  content: Buffer.from(`${content?.toString() ?? ""}${text}`),
  result: text,
});
const isRoot = process.getuid?.() === 0;

describe("editFile", () => {
  it("keeps the mode, and gives a new file 0600", async () => {
    const directory = await scratchDirectory();
    const path = join(directory, "users");
    await editFile(path, options, append("a"));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await editFile(path, options, append("b"));
    expect([await readFile(path, "utf8"), (await stat(path)).mode & 0o777]).toEqual(["ab", 0o640]);
    expect(await readdir(directory)).toEqual(["users"]);
  });

  it("leaves a link a link, and replaces what it leads to", async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, "elsewhere"));
    await writeFile(join(directory, "elsewhere", "real"), "a");
    await symlink("elsewhere/real", join(directory, "users"));
    await editFile(join(directory, "users"), options, append("b"));
    expect((await lstat(join(directory, "users"))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(directory, "elsewhere", "real"), "utf8")).toBe("ab");
  });

  it("lets editors in one after the other, and loses nothing", async () => {
    const path = join(await scratchDirectory(), "users");
    await Promise.all(Array.from({ length: 10 }, () => editFile(path, options, append("x"))));
    expect(await readFile(path, "utf8")).toBe("xxxxxxxxxx");
  });

  it("removes what killed editors left behind, and gets past the lock of one that is dead", async () => {
    const directory = await scratchDirectory();
    const path = join(directory, "users");
    await writeFile(join(directory, ".users.4711.abcdef.tmp"), "half");
    await writeFile(join(directory, ".other.4711.abcdef.tmp"), "not ours");
    await editFile(path, options, append("a"));
    expect((await readdir(directory)).toSorted()).toEqual([".other.4711.abcdef.tmp", "users"]);
  });

  it("does nothing when the edit says so, and leaves no lock when it throws", async () => {
    const directory = await scratchDirectory();
    const path = join(directory, "users");
    expect(await editFile(path, options, () => ({ result: "nothing" }))).toBe("nothing");
    await expect(
      editFile(path, options, () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await readdir(directory)).toEqual([]);
  });

  it("refuses what is too large, and what is no file", async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, "large"), "x".repeat(1_001));
    await mkdir(join(directory, "directory"));
    await expect(editFile(join(directory, "large"), options, append("b"))).rejects.toThrow("1001 bytes; the most is 1000");
    await expect(editFile(join(directory, "directory"), options, append("b"))).rejects.toThrow(/no file|EISDIR/);
  });

  it.skipIf(!isRoot)("keeps the owner: an edge that runs as another user must still be able to read it", async () => {
    const path = join(await scratchDirectory(), "users");
    await writeFile(path, "a");
    await chown(path, 0, 4_711);
    await chmod(path, 0o640);
    await editFile(path, options, append("b"));
    const { uid, gid, mode } = await stat(path);
    expect([uid, gid, mode & 0o777]).toEqual([0, 4_711, 0o640]);
  });
});

describe.skipIf(!isRoot)("asOwnerOf", () => {
  it("lets root make files for whom the directory belongs to, and is root again afterwards", async () => {
    const directory = await scratchDirectory();
    await chown(directory, 4_711, 4_712);
    await asOwnerOf(join(directory, "users"), () => editFile(join(directory, "users"), options, append("a")));
    const { uid, gid } = await stat(join(directory, "users"));
    expect([uid, gid, process.geteuid?.(), process.getegid?.()]).toEqual([4_711, 4_712, 0, 0]);
  });

  it("follows no link that the directory's owner laid to a file which he could not write himself", async () => {
    const [theirs, ours] = [await scratchDirectory(), await scratchDirectory()];
    await chmod(ours, 0o755);
    await writeFile(join(ours, "shadow"), "root:secret\n", { mode: 0o600 });
    await symlink(join(ours, "shadow"), join(theirs, "users"));
    await chown(theirs, 4_711, 4_711);
    await expect(asOwnerOf(join(theirs, "users"), () => editFile(join(theirs, "users"), options, append("mallory")))).rejects.toThrow(
      "EACCES",
    );
    expect(await readFile(join(ours, "shadow"), "utf8")).toBe("root:secret\n");
    expect(process.geteuid?.()).toBe(0);
  });

  it("follows no link that somebody laid in the place of the directory itself, or of one above it", async () => {
    const [theirs, ours] = [await scratchDirectory(), await scratchDirectory()];
    await chmod(ours, 0o755);
    await mkdir(join(ours, "below"));
    await symlink(ours, join(theirs, "state"));
    await lchown(join(theirs, "state"), 4_711, 4_711);
    await chown(theirs, 4_711, 4_711);
    for (const path of [join(theirs, "state", "users"), join(theirs, "state", "below", "users")])
      await expect(asOwnerOf(path, () => editFile(path, options, append("mallory")))).rejects.toThrow("EACCES");
    expect([await readdir(ours), await readdir(join(ours, "below"))]).toEqual([["below"], []]);
    // One of root's own is as good as a path.
    await lchown(join(theirs, "state"), 0, 0);
    await asOwnerOf(join(theirs, "state", "users"), () => editFile(join(theirs, "state", "users"), options, append("a")));
    expect((await stat(join(ours, "users"))).uid).toBe(0);
    // But not where it leads to somebody else's.
    await symlink(ours, join(theirs, "further"));
    await lchown(join(theirs, "further"), 4_711, 4_711);
    await symlink(join(theirs, "further"), join(ours, "via"));
    await expect(asOwnerOf(join(ours, "via", "passes"), () => editFile(join(ours, "via", "passes"), options, append("x")))).rejects.toThrow(
      "EACCES",
    );
  });

  it("follows none to what only root's groups could read or write either, and has them again afterwards", async () => {
    const [theirs, ours] = [await scratchDirectory(), await scratchDirectory()];
    await chmod(ours, 0o770);
    await writeFile(join(ours, "sudoers"), "root ALL\n", { mode: 0o660 });
    await symlink(join(ours, "sudoers"), join(theirs, "users"));
    await chown(theirs, 4_711, 4_711);
    const groups = process.getgroups?.();
    process.setgroups?.([0, 27]);
    onTestFinished(() => process.setgroups?.(groups ?? []));
    await expect(asOwnerOf(join(theirs, "users"), () => editFile(join(theirs, "users"), options, append("mallory")))).rejects.toThrow(
      "EACCES",
    );
    expect(await readFile(join(ours, "sudoers"), "utf8")).toBe("root ALL\n");
    expect(process.getgroups?.()).toEqual([0, 27]);
  });
});
