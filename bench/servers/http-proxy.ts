import { execFile } from "node:child_process";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

import { CACHE } from "../directories.ts";
import { startServer } from "./binary.ts";
import type { Competitor } from "./server.ts";

const VERSION = "1.18.1";
const PREFIX = join(CACHE, `http-proxy-${VERSION}`);

/** http-proxy from npm behind node:https, with a Basic check that remembers verified passwords. Fetched on first use, never a dependency. */
export const httpProxy: Competitor = {
  name: "http-proxy",
  description: `http-proxy ${VERSION} behind node:https with a cached bcrypt check, upstream keep-alive`,
  auth: true,
  leftOut: {},
  missing: install,
  async start(context) {
    // As JavaScript, beside the package: what strips types at run time would stay in memory and be on the competitor's bill.
    const source = await readFile(new URL("./http-proxy-main.ts", import.meta.url), "utf8");
    const main = join(PREFIX, "main.mjs");
    await writeFile(main, stripTypeScriptTypes(source));
    return startServer(context, { command: process.execPath, args: [main, JSON.stringify(context)], env: { NODE_ENV: "production" } });
  },
};

async function install(): Promise<string | undefined> {
  const installed = () =>
    access(join(PREFIX, "node_modules", "http-proxy", "package.json")).then(
      () => true,
      () => false,
    );
  if (await installed()) return undefined;
  await mkdir(PREFIX, { recursive: true });
  await writeFile(join(PREFIX, "package.json"), "{}\n");
  try {
    const args = ["install", "--prefix", PREFIX, "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", `http-proxy@${VERSION}`];
    await promisify(execFile)("npm", args, { cwd: PREFIX, timeout: 60_000 });
  } catch (error) {
    return `npm could not fetch http-proxy ${VERSION}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`;
  }
  return (await installed()) ? undefined : `npm did not install http-proxy ${VERSION}`;
}
