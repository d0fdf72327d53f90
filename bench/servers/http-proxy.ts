import { execFile } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { CACHE } from "../directories.ts";
import { startServer } from "./binary.ts";
import type { Competitor } from "./server.ts";

const VERSION = "1.18.1";
const PREFIX = join(CACHE, `http-proxy-${VERSION}`);

/** http-proxy behind node:https, with a Basic check that remembers verified passwords. Fetched on first use, never a dependency. */
export const httpProxy: Competitor = {
  name: "http-proxy",
  description: `http-proxy ${VERSION} behind node:https with a cached bcrypt check, upstream keep-alive`,
  auth: true,
  leftOut: {},
  missing: install,
  start: (context) =>
    startServer(context, {
      command: process.execPath,
      args: [fileURLToPath(new URL("./http-proxy-main.mjs", import.meta.url)), JSON.stringify({ ...context, prefix: PREFIX })],
      env: { NODE_ENV: "production" },
    }),
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
