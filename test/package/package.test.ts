/** What npm publishes, as a user gets it: npm run test:package. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { eventually } from "../support/eventually.ts";
import { rawClient } from "../support/raw-client.ts";
import { BUNDLED } from "../../scripts/bundled.ts";
import { installed, packagesIn, ran, ROOT, sizeOf, type Installation } from "../support/installed-package.ts";

let place: Installation;
beforeAll(async () => {
  place = await installed();
});
afterAll(() => place?.close());

describe("the package", () => {
  it("holds what runs, and no sources, no tests, no keys", () => {
    const allowed =
      /^(?:dist\/.+|contrib\/.+|docs\/[a-z-]+\.md|docs\/README\.md|package\.json|README\.md|README\.zh-CN\.md|CHANGELOG\.md|SECURITY\.md|LICENSE)$/;
    expect(place.packed.filter((path) => !allowed.test(path))).toEqual([]);
    expect(place.packed.filter((path) => /\.test\.|\.pem$|\.key$|\.map$|(?<!\.d)\.ts$/.test(path))).toEqual([]);
    expect(place.packed).toContain("dist/cli/bin.js");
  });

  it("is small: 45 packages and 20 MB at most, installed", async () => {
    const modules = join(place.directory, "node_modules");
    expect((await packagesIn(modules)).length).toBeLessThanOrEqual(45);
    expect(await sizeOf(modules)).toBeLessThanOrEqual(20_000_000);
  });

  it("compiles and runs nothing when it is installed", async () => {
    const modules = join(place.directory, "node_modules");
    for (const name of await packagesIn(modules)) {
      const { scripts = {} } = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8")) as {
        scripts?: Record<string, string>;
      };
      expect({ name, hooks: Object.keys(scripts).filter((script) => /^(?:pre|post)?install$/.test(script)) }).toEqual({ name, hooks: [] });
    }
  });

  it("is run by npx from the tarball", async () => {
    const { stdout } = await ran("npx", ["--yes", "--package", place.tarball, "openclaw-edge", "--version"], { cwd: place.directory });
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("has a bill of materials (CycloneDX) that names what is installed and what is bundled, and no tools", async () => {
    const { stdout } = await ran(process.execPath, ["scripts/sbom.ts"], { cwd: ROOT });
    const { bomFormat, components } = JSON.parse(stdout) as { bomFormat: string; components: readonly { readonly purl: string }[] };
    expect(bomFormat).toBe("CycloneDX");
    const purls = components.map(({ purl }) => decodeURIComponent(purl));
    for (const name of [...(await packagesIn(join(place.directory, "node_modules"))), ...BUNDLED].filter(
      (each) => each !== "openclaw-edge",
    )) {
      expect({ name, isThere: purls.some((purl) => purl.startsWith(`pkg:npm/${name}@`)) }).toEqual({ name, isThere: true });
    }
    expect(purls.filter((purl) => /typescript|vitest|oxlint/.test(purl))).toEqual([]);
  });
});

describe("the installed command", () => {
  it("serves the demo with nothing but its own files, in a folder without a checkout", async () => {
    const child = spawn(process.execPath, [place.bin, "demo", "--https-port", "0"], {
      cwd: place.directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    try {
      await eventually(
        () => /^ +password +\S+/m.test(output),
        20_000,
        () => output,
      );
      const port = Number(/https:\/\/localhost:(\d+)/.exec(output)?.[1]);
      const password = /^ +password +(\S+)/m.exec(output)?.[1] ?? "";
      const client = await rawClient({ port, servername: "localhost" });
      const credentials = Buffer.from(`demo:${password}`).toString("base64");
      client.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Basic ${credentials}\r\n\r\n`);
      expect((await client.response("GET", 20_000)).status).toBe(200);
      client.destroy();
    } finally {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    }
  });
});
