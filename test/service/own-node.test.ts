import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { isSystemNode } from "../../src/service/own-node.ts";

const SOMEBODY = 65_534;

test("a program of the system's is run where it is", () => {
  expect(isSystemNode("/usr/bin/env")).toBe(true);
});

describe.skipIf(process.getuid?.() !== 0)(
  "attack: a Node that somebody but root could replace is not what root and the service run",
  () => {
    /** Not below /tmp, which the service does not see. */
    async function place() {
      const top = await mkdtemp("/var/lib/openclaw-edge-test-");
      onTestFinished(() => rm(top, { recursive: true, force: true }));
      await chmod(top, 0o755);
      const directory = join(top, "bin");
      await mkdir(directory, { mode: 0o755 });
      const node = join(directory, "node");
      await writeFile(node, "", { mode: 0o755 });
      return { top, directory, node };
    }

    test.each([
      ["it is somebody's own", ({ node }: { readonly node: string }) => chown(node, SOMEBODY, SOMEBODY)],
      ["everybody may write to it", ({ node }: { readonly node: string }) => chmod(node, 0o757)],
      ["its directory is somebody's", ({ directory }: { readonly directory: string }) => chown(directory, SOMEBODY, SOMEBODY)],
      ["a directory further up is somebody's", ({ top }: { readonly top: string }) => chown(top, SOMEBODY, SOMEBODY)],
      ["everybody may write to a directory further up", ({ top }: { readonly top: string }) => chmod(top, 0o777)],
    ])("%s", async (_, weaken) => {
      const { top, directory, node } = await place();
      expect(isSystemNode(node)).toBe(true);
      await weaken({ top, directory, node });
      expect(isSystemNode(node)).toBe(false);
    });

    test("a link of root's leads to it", async () => {
      const [{ node }, { directory }] = [await place(), await place()];
      await chown(node, SOMEBODY, SOMEBODY);
      await symlink(node, join(directory, "link"));
      expect(isSystemNode(join(directory, "link"))).toBe(false);
    });

    test("it lies where the service can't look", async () => {
      const directory = await mkdtemp("/tmp/openclaw-edge-test-");
      onTestFinished(() => rm(directory, { recursive: true, force: true }));
      await writeFile(join(directory, "node"), "", { mode: 0o755 });
      expect(isSystemNode(join(directory, "node"))).toBe(false);
    });
  },
);
