/** What certs renew and revoke say before any CA is asked; the rest is in test/acme. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { scratchDirectory } from "../support/scratch.ts";
import { run } from "./run-command.ts";

const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

describe.each(["renew", "revoke"])("certs %s", (command) => {
  test("without a name says once that it is missing", async () => {
    const { code, stderr } = await run(["certs", command]);
    expect([code, flat(stderr)]).toEqual([2, expect.stringContaining(`one thing to mend NAME It is missing`)]);
  });

  test("where no edge runs says why it needs the edge's options, and makes nothing", async () => {
    const directory = await scratchDirectory();
    const state = join(directory, "state");
    const { code, stderr } = await run(["certs", command, "ai.example.com", "--config", "off", "--state", state]);
    expect([code, flat(stderr)]).toEqual([2, expect.stringContaining(`No edge runs on ${state}, so this command needs the edge's own`)]);
    expect(flat(stderr)).toContain("--domain It is missing");
    expect(readdirSync(directory)).toEqual([]);
  });
});
