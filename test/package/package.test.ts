/** What npm publishes, as a user gets it: npm run test:package. */
import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { eventually } from "../support/eventually.ts";
import { rawClient } from "../support/raw-client.ts";
import { BUNDLED } from "../../scripts/bundled.ts";
import { installed, nameOf, packagesIn, ran, ROOT, sizeOf, type Installation } from "../support/installed-package.ts";

const UNSHARE = process.getuid?.() === 0 ? ["-n"] : ["-Urn"];
const isPossible = spawnSync("unshare", [...UNSHARE, "ip", "link", "set", "lo", "up"]).status === 0;
if (!isPossible) console.error("\n*** SKIPPED: the package without a network: no network namespace can be made here. ***\n");

/** Starts the demo, asks it for its page, and prints the status. */
const ASK_DEMO = `
  import { spawn, spawnSync } from "node:child_process";
  import https from "node:https";
  const child = spawn(process.execPath, [process.argv[1], "demo", "--https-port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
    const [, port] = /https:\\/\\/localhost:(\\d+)/.exec(said) ?? [];
    const [, password] = /^ +password +(\\S+)/m.exec(said) ?? [];
    if (password === undefined) return;
    said = "";
    https.get({ port, host: "localhost", auth: "demo:" + password, rejectUnauthorized: false }, (response) => {
      console.log(response.resume().statusCode);
      child.kill("SIGTERM");
    });
  });
  child.once("exit", () => process.exit());
`;

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

  it("is as small as the README's comparison says", async () => {
    const modules = join(place.directory, "node_modules");
    const [count, megabytes] = [(await packagesIn(modules)).length, Math.round((await sizeOf(modules)) / 1_000_000)];
    for (const [file, words] of [
      ["README.md", `${count} packages, ${megabytes} MB,`],
      ["README.zh-CN.md", `${count} 个包、${megabytes} MB，`],
    ] as const) {
      expect(await readFile(join(ROOT, file), "utf8")).toContain(words);
    }
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
    const packages = await packagesIn(join(place.directory, "node_modules"));
    for (const name of [...packages.map(nameOf), ...BUNDLED].filter((each) => each !== "openclaw-edge")) {
      expect({ name, isThere: purls.some((purl) => purl.startsWith(`pkg:npm/${name}@`)) }).toEqual({ name, isThere: true });
    }
    expect(purls.filter((purl) => /typescript|vitest|oxlint/.test(purl))).toEqual([]);
  });
});

describe("the installed command", () => {
  it.skipIf(!isPossible)("works without a network: nothing is fetched", async () => {
    const node = [process.execPath, "--input-type=module", "--eval", ASK_DEMO, "--", place.bin];
    const { code, stdout, stderr } = await ran("unshare", [...UNSHARE, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...node]);
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: "200", stderr: "" });
  });

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
