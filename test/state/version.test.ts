import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { ConfigurationError } from "../../src/errors.ts";
import type { Migration } from "../../src/state/migrate.ts";
import { openState } from "../../src/state/version.ts";
import { scratchDirectory } from "../support/scratch.ts";

const refusal = async (opening: Promise<unknown>) => {
  const error = await opening.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems[0]!;
};
const text = (...path: readonly string[]): Promise<string> => readFile(join(...path), "utf8");

/** Renames a file and rewrites another: what a migration typically does. */
const STEP: Migration = {
  what: "passes becomes credentials/passes",
  async run(directory) {
    await mkdir(join(directory, "credentials"), { mode: 0o700 });
    await writeFile(join(directory, "credentials", "passes"), (await text(directory, "passes")).toUpperCase(), { mode: 0o600 });
    await rm(join(directory, "passes"));
  },
};
const SECOND: Migration = { what: "a greeting", run: (directory) => writeFile(join(directory, "greeting"), "hello") };

describe("the version of a state directory", () => {
  it("is written into a new one, and into one of the first stage, which wrote none", async () => {
    const old = await scratchDirectory();
    await writeFile(join(old, "ticket-keys"), "k");
    for (const state of [join(await scratchDirectory(), "new"), old]) {
      for (const migrate of [false, true]) expect(await openState(state, { migrate })).toEqual({ backup: undefined });
      expect(await text(state, "version")).toBe("1\n");
    }
    expect((await readdir(old)).toSorted()).toEqual(["ticket-keys", "version"]);
  });

  it("that is newer is refused, and nothing is changed", async () => {
    const state = await scratchDirectory();
    await writeFile(join(state, "version"), "2\n");
    for (const migrate of [false, true]) {
      const { where, what, mend } = await refusal(openState(state, { migrate }));
      expect(where).toBe(`--state ${state}`);
      expect(what).toBe("It was written by a newer openclaw-edge: version 2 of its files, and this one knows 1.");
      expect(mend).toContain("Use the newer openclaw-edge");
    }
    expect(await readdir(state)).toEqual(["version"]);
  });

  it.each(["", "0", "one", "1\n2\n", "-1", "1.5", "99999999999"])("that is no version is refused: %j", async (content) => {
    const state = await scratchDirectory();
    await writeFile(join(state, "version"), content);
    expect((await refusal(openState(state, { migrate: true }))).what).toBe("Its file 'version' holds no number.");
  });
});

describe("a state directory of an older version", () => {
  async function older() {
    const state = await scratchDirectory();
    await openState(state, { migrate: true, migrations: [] });
    await writeFile(join(state, "passes"), "secret", { mode: 0o600 });
    await mkdir(join(state, "local-ca"), { mode: 0o700 });
    await writeFile(join(state, "local-ca", "ca.pem"), "pem");
    await chmod(join(state, "local-ca", "ca.pem"), 0o644);
    await symlink("local-ca/ca.pem", join(state, "link"));
    await mkdir(join(state, "run"), { mode: 0o700 });
    return state;
  }

  it("is brought up to date step by step, and the old files are kept with their modes", async () => {
    const state = await older();
    const { backup = "" } = await openState(state, { migrate: true, migrations: [STEP, SECOND] });
    expect(await text(state, "version")).toBe("3\n");
    expect(await text(state, "credentials", "passes")).toBe("SECRET");
    expect(await text(state, "greeting")).toBe("hello");
    expect((await readdir(state)).toSorted()).toEqual(["backups", "credentials", "greeting", "link", "local-ca", "run", "version"]);
    expect(backup).toMatch(/\/backups\/version-1-\d{8}T\d{9}Z$/);
    expect((await readdir(backup)).toSorted()).toEqual(["link", "local-ca", "passes", "version"]);
    expect(await text(backup, "passes")).toBe("secret");
    expect(await text(backup, "link")).toBe("pem");
    const modeOf = async (path: string) => ((await stat(join(backup, path))).mode & 0o777).toString(8);
    expect(await Promise.all(["passes", "local-ca", "local-ca/ca.pem", ".."].map(modeOf))).toEqual(["600", "700", "644", "700"]);
    // And once only.
    expect(await openState(state, { migrate: true, migrations: [STEP, SECOND] })).toEqual({ backup: undefined });
  });

  it("is left to the edge itself: a command that only writes something there refuses", async () => {
    const state = await older();
    const { mend } = await refusal(openState(state, { migrate: false, migrations: [STEP] }));
    expect(mend).toContain("Start the edge once");
    expect(await text(state, "passes")).toBe("secret");
  });

  it("is as it was when a step fails, and says why", async () => {
    const state = await older();
    const broken: Migration = {
      what: "breaks half-way",
      async run(directory) {
        await STEP.run(directory);
        throw new Error("no space left");
      },
    };
    const { what } = await refusal(openState(state, { migrate: true, migrations: [broken] }));
    expect(what).toContain("no space left. They are as they were.");
    expect(await text(state, "passes")).toBe("secret");
    expect((await readdir(state)).toSorted()).toEqual(["backups", "link", "local-ca", "passes", "run", "version"]);
    expect(await openState(state, { migrate: true, migrations: [STEP] })).toMatchObject({ backup: expect.any(String) });
  });

  it("whose migration was cut off and whose marker says nothing is not touched", async () => {
    const state = await older();
    await writeFile(join(state, "migrating"), "{}");
    expect((await refusal(openState(state, { migrate: true, migrations: [STEP] }))).where).toBe(join(state, "migrating"));
    expect((await refusal(openState(state, { migrate: false }))).what).toContain("being brought up to date");
    expect(await text(state, "passes")).toBe("secret");
  });
});
