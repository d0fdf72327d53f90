import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { planFor } from "../../src/cli/service/install.ts";
import { loadSettings } from "../../src/config/load.ts";
import { OptionReader } from "../../src/config/option-reader.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { readSources } from "../../src/config/sources.ts";
import { userLayout } from "../../src/service/layout.ts";
import { scratchDirectory } from "../support/scratch.ts";

test("what service install is told stands in its configuration as it was meant: numbers, lists, paths and secrets", async () => {
  const [here, home] = [await scratchDirectory(), await scratchDirectory()];
  const surroundings = { directory: here, home, uid: 1000, environment: {} };
  await writeFile(join(here, "token"), "t0ken\n");
  const flags = {
    config: ["off"],
    domain: ["gateway.lan", "Bücher.lan"],
    "https-port": ["8443"],
    "http-port": ["off"],
    hsts: ["5"],
    "head-size": ["32k"],
    "connections-per-client": ["7"],
    cert: ["tls/cert.pem"],
    key: ["./key.pem"],
    "trusted-hop": ["10.0.0.5", "10.1.0.0/16"],
    notify: ["https://example.com/hook"],
    "notify-token-file": ["token"],
    expose: ["share,hooks"],
    upstream: ["http://127.0.0.1:18790"],
  };
  const options = new OptionReader(OPTIONS, await readSources(flags, surroundings), surroundings);
  const plan = planFor({ options, flags, root: undefined, surroundings, version: "1.0.0" }, userLayout(home));
  const [configuration] = plan.files;
  const elsewhere = await scratchDirectory();
  await writeFile(join(elsewhere, "config.json5"), configuration?.content ?? "");

  const [written, meant] = [
    await loadSettings({ config: [join(elsewhere, "config.json5")] }, { ...surroundings, directory: "/" }),
    await loadSettings(flags, surroundings),
  ];
  expect(written).toMatchObject({ kind: "loaded" });
  expect(written.kind === "loaded" && written.settings).toEqual(meant.kind === "loaded" && meant.settings);
  expect(written.options.all("notifyToken")).toEqual(["t0ken"]);
});
