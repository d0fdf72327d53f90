/** The configuration file's JSON Schema: what editors complete and check the file with. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { evaluate, parse } from "@humanwhocodes/momoa";
import { describe, expect, test } from "vitest";

import { isMistake } from "../../src/config/read.ts";
import { OPTIONS } from "../../src/config/options.ts";
import type { Option } from "../../src/config/option.ts";
import { configSchema } from "../../src/config/schema.ts";
import { STRUCTURED } from "../../src/config/structured.ts";
import { run } from "../cli/run-command.ts";

const ROWS = (Object.values(OPTIONS) as readonly Option<unknown>[]).filter(({ flag }) => flag !== "config");
const AROUND = { directory: "/srv", home: "/home/alice", uid: 1000, environment: {} };

/** A validator of somebody else's, as an editor's is: Debian's python3-jsonschema. */
const isThere = spawnSync("python3", ["-c", "import jsonschema"]).status === 0;
if (!isThere) console.warn("SKIPPED: validating with python3-jsonschema, which is not here (apt-get install python3-jsonschema).");

function errors(instances: readonly unknown[]): readonly (readonly string[])[] {
  const { status, stdout, stderr } = spawnSync("python3", [join(import.meta.dirname, "validate-schema.py")], {
    input: JSON.stringify({ schema: configSchema(), instances }),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[][];
}

const read = (text: string): unknown => evaluate(parse(text, { mode: "json5" }));

test("every option of the table is in the schema under its own name, and nothing else but what is structured", () => {
  const { properties, additionalProperties } = configSchema();
  expect(Object.keys(properties ?? {})).toEqual(["$schema", "version", ...ROWS.map(({ flag }) => flag), ...Object.keys(STRUCTURED)]);
  expect(additionalProperties).toBe(false);
});

test("config schema prints it", async () => {
  const { code, stdout } = await run(["config", "schema"]);
  expect([code, JSON.parse(stdout)]).toEqual([0, JSON.parse(JSON.stringify(configSchema()))]);
});

test.each(ROWS.filter(({ example }) => example !== undefined))("the example of --$flag, $example, is one that it takes", (row) => {
  expect(isMistake(row.read(row.example ?? "", AROUND))).toBe(false);
});

describe.skipIf(!isThere)("an independent validator", () => {
  test("accepts what config init writes, and every example in it once its comment is taken away", async () => {
    const { stdout } = await run([
      "config",
      "init",
      "-",
      "--domain",
      "a.lan",
      "--domain",
      "b.lan",
      "--https-port",
      "8443",
      "--notify-token-file",
      "t",
    ]);
    const everything = stdout.replaceAll(/^ {2}\/\/ (?="[a-z-]+": )/gm, "  ");
    expect(Object.keys(read(everything) as object)).toEqual(["version", ...ROWS.map(({ flag }) => flag), ...Object.keys(STRUCTURED)]);
    expect(errors([read(stdout), read(everything)])).toEqual([[], []]);
  });

  test("accepts what the edge accepts, and refuses what it refuses", () => {
    const right = [
      {},
      { $schema: "x", version: 1 },
      { domain: "a.lan" },
      { domain: ["a.lan", "b.lan"] },
      { "http-port": "off", "https-port": 0 },
      { "http-port": 80 },
      { "head-size": 4096 },
      { "head-size": "16k" },
      { "idle-timeout": "1.5h", "session-lifetime": "2w" },
      { "notify-token": { env: "TOKEN" } },
      { "notify-token": { file: "token" } },
      { "notify-token": "token" },
      { "acme-eab": [{ file: "a" }, { env: "B" }] },
      { routes: STRUCTURED.routes.example },
    ];
    const wrong = [
      { version: 2 },
      { domian: "a.lan" },
      { domain: [] },
      { domain: 5 },
      { domain: [5] },
      { "https-port": "443" },
      { "https-port": 70_000 },
      { "http-port": "none" },
      { "idle-timeout": 10 },
      { "idle-timeout": "10" },
      { "head-size": "16x" },
      { tls: "other" },
      { hsts: null },
      { config: "x" },
      { "notify-token": { value: "x" } },
    ];
    expect(errors(right).flat()).toEqual([]);
    expect(errors(wrong).map((found, index) => [wrong[index], found.length > 0])).toEqual(wrong.map((one) => [one, true]));
  });
});
