/**
 * `npm run build`: src → dist, from nothing, so that a file that was removed does not live on in the package.
 *
 * The code is bundled into a few chunks: loading a hundred modules costs 9 MB of memory and a third of the start-up time, for the whole
 * life of the process. Names are kept, so that a stack trace can be read. What runs only now and then (@peculiar/x509, bcryptjs in its
 * worker) stays outside, as an ordinary dependency.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { rolldown } from "rolldown";

import { BUNDLED } from "./bundled.ts";
import { lighterChunks } from "./lighter-chunks.ts";
import { staticImports } from "./static-imports.ts";

import { configSchema } from "../src/config/schema.ts";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");
const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> };

rmSync(dist, { recursive: true, force: true });

const bundle = await rolldown({
  cwd: root,
  input: {
    "cli/bin": "src/cli/bin.ts",
    index: "src/index.ts",
    "chunks/bcrypt-worker": "src/auth/basic/bcrypt-worker.ts",
    "chunks/acme-child": "src/certificates/acme/acme-child.ts",
    "chunks/errand-child": "src/certificates/errand/errand-child.ts",
  },
  platform: "node",
  external: [/^node:/, ...Object.keys(dependencies)],
  plugins: [lighterChunks],
  // A command imports late what `serve` has in its one chunk anyhow.
  checks: { ineffectiveDynamicImport: false },
});
// Each module that is loaded costs memory for the process's whole life, so what `serve` needs is one chunk, and what every command needs is
// another. What the workers and children share with them stays apart: they must not load the edge.
const source = (...names: readonly string[]): readonly string[] => names.map((name) => join(root, "src", name));
const apart = staticImports(
  source("auth/basic/bcrypt-worker.ts", "certificates/acme/acme-child.ts", "certificates/errand/errand-child.ts"),
);
const command = staticImports(source("cli/main.ts"));
const serving = staticImports(source("cli/serve.ts", "edge.ts", "edge-files.ts"));

await bundle.write({
  dir: dist,
  format: "esm",
  entryFileNames: "[name].js",
  // One folder below dist, as src/cli is below src: paths relative to a module stay right.
  chunkFileNames: "chunks/[name].js",
  codeSplitting: {
    groups: [
      { name: "command", priority: 2, test: (id) => command.has(id) && !apart.has(id) },
      { name: "serving", priority: 1, test: (id) => serving.has(id) && !command.has(id) && !apart.has(id) },
    ],
  },
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
});
await bundle.close();
chmodSync(join(dist, "cli", "bin.js"), 0o755);

writeFileSync(join(dist, "config.schema.json"), `${JSON.stringify(configSchema(), undefined, 2)}\n`);

const licences = BUNDLED.map((name) => `${name}\n\n${licenceOf(join(root, "node_modules", name))}`);
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), licences.join("\n---\n\n"));

const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
process.exitCode =
  spawnSync(process.execPath, [compiler, "--project", join(root, "tsconfig.build.json")], { stdio: "inherit" }).status ?? 1;

/** The package's own file, or the text of the licence that its manifest names, with who wrote it. */
function licenceOf(directory: string): string {
  const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(directory, file), "utf8");
  const { license, author } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { license: string; author: string };
  return `Copyright ${author}\n\n${readFileSync(join(root, "scripts", "licences", `${license}.txt`), "utf8")}`;
}
