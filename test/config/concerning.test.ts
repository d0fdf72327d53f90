import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { problemsConcerning } from "../../src/config/concerning.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { readSources } from "../../src/config/sources.ts";
import type { Flags } from "../../src/config/written.ts";
import { scratchDirectory } from "../support/scratch.ts";

const ROWS = [OPTIONS.state, OPTIONS.htpasswd];

async function told(file: string, environment: Readonly<Record<string, string>> = {}, flags: Flags = {}): Promise<readonly string[]> {
  const directory = await scratchDirectory();
  await writeFile(join(directory, "a b.json5"), file);
  const written = await readSources({ config: ["a b.json5"], ...flags }, { directory, home: "/h", uid: 1, environment });
  return problemsConcerning(written, ROWS).map(({ where }) => where);
}

test("whoever reads a few options alone is told of those, and of what may well be one of them", async () => {
  expect(await told(`{ state: 5,\n "htpasswd": [1] }`)).toEqual(["a b.json5:1:10 state", "a b.json5:2:14 htpasswd"]);
  expect(await told(`{ staet: "x", state: "a", state: "b" }`)).toEqual(["a b.json5:1:27 state", "a b.json5:1:3 staet"]);
  expect(await told("{}", { OPENCLAW_EDGE_STAET: "x" })).toEqual(["OPENCLAW_EDGE_STAET"]);
});

test("and of nothing else", async () => {
  const others = `{ hsts: "x", frobnicate: 1, domian: "x", routes: [{ to: 1, to: 2 }], hsts: 5, "notify-token": { file: "none" } }`;
  const environment = { OPENCLAW_EDGE_DOMIAN: "x", OPENCLAW_EDGE_FROBNICATE: "1", OPENCLAW_EDGE_ACME_EAB_FILE: "none" };
  expect(await told(others, environment, { "notify-token-file": ["none"] })).toEqual([]);
});

test("a file that can't be read as a whole, or is of a newer format, may say anything, unless nothing is asked of it", async () => {
  const settled = { OPENCLAW_EDGE_HTPASSWD: "/u" };
  for (const [file, where] of [
    ["{ hsts: 1", "a b.json5:1:10"],
    ["{ version: 2 }", "a b.json5:1:12 version"],
  ] as const) {
    expect(await told(file)).toEqual([where]);
    expect(await told(file, settled)).toEqual([where]);
    expect(await told(file, settled, { state: ["/s"] })).toEqual([]);
  }
  expect(await told("{}", {}, { config: ["none"] })).toEqual(["none"]);
});
