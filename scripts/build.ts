/**
 * `npm run build`: src → dist, from nothing, so that a file that was removed does not live on in the package.
 *
 * The code is bundled into a few chunks: loading a hundred modules costs 9 MB of memory and a third of the start-up time, for the whole
 * life of the process. Names are kept, so that a stack trace can be read. What runs only now and then (@peculiar/x509, bcryptjs in its
 * worker) stays outside, as an ordinary dependency.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { rolldown } from "rolldown";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");
const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> };
/** Bundled, so their licences travel with the package. */
const BUNDLED = ["valibot"];

rmSync(dist, { recursive: true, force: true });

const bundle = await rolldown({
  cwd: root,
  input: { "cli/bin": "src/cli/bin.ts", index: "src/index.ts", "chunks/bcrypt-worker": "src/auth/basic/bcrypt-worker.ts" },
  platform: "node",
  external: [/^node:/, ...Object.keys(dependencies)],
});
await bundle.write({
  dir: dist,
  format: "esm",
  entryFileNames: "[name].js",
  // One folder below dist, as src/cli is below src: paths relative to a module stay right.
  chunkFileNames: "chunks/[name].js",
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
});
await bundle.close();
chmodSync(join(dist, "cli", "bin.js"), 0o755);

const licences = BUNDLED.map(
  (name) => `${name}\n\n${readFileSync(join(root, "node_modules", name, name === "valibot" ? "LICENSE.md" : "LICENSE"), "utf8")}`,
);
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), licences.join("\n---\n\n"));

const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
process.exitCode =
  spawnSync(process.execPath, [compiler, "--project", join(root, "tsconfig.build.json")], { stdio: "inherit" }).status ?? 1;
