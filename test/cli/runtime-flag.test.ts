import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { scratchDirectory } from "../support/scratch.ts";
import { start } from "./run-command.ts";

const FLAGS = ["--domain", "gateway.lan", "--host", "127.0.0.1", "--https-port", "0", "--http-port", "off", "--config", "off"];

/** The runtime's own flags with which the edge serves in the end. */
async function flagsOf(environment: Record<string, string>, nodeFlags: readonly string[] = []): Promise<readonly string[]> {
  const edge = start([...FLAGS, "--state", join(await scratchDirectory(), "state")], { environment, nodeFlags });
  onTestFinished(() => void edge.child.kill("SIGKILL"));
  await edge.printed('"event":"serving"');
  const command = await readFile(`/proc/${edge.child.pid}/cmdline`, "utf8");
  return command.split("\0").filter((word) => /^--(?:max-semi|use-)/.test(word));
}

describe("the edge that serves, started anew with the runtime's settings", () => {
  test("bounds V8's young generation, and leaves the CAs' certificates to those who need them", async () => {
    expect(await flagsOf({})).toEqual(["--max-semi-space-size=3", "--use-openssl-ca"]);
  });

  test("starts where somebody says which CAs the runtime trusts: it refuses two such flags", async () => {
    const started = [
      flagsOf({ NODE_USE_SYSTEM_CA: "1" }),
      flagsOf({ NODE_OPTIONS: "--use-bundled-ca" }),
      flagsOf({ NODE_OPTIONS: "--use_bundled_ca" }), // the runtime takes either spelling
      flagsOf({}, ["--use-system-ca"]),
    ];
    const size = "--max-semi-space-size=3";
    expect(await Promise.all(started)).toEqual([[size], [size], [size], ["--use-system-ca", size]]);
  });

  test("is left alone by whoever sets the size himself", async () => {
    expect(await flagsOf({}, ["--max-semi-space-size=16"])).toEqual(["--max-semi-space-size=16"]);
    expect(await flagsOf({ NODE_OPTIONS: "--max_semi_space_size=16" })).toEqual([]);
  });
});
