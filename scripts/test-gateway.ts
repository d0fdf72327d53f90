/**
 * `npm run test:gateway [-- --openclaw VERSION] [vitest arguments]`
 *
 * Installs the real `openclaw` package into .cache/, packs this one and installs the tarball as its users do, makes a network namespace
 * (the Gateway refuses clients of its own machine's loopback) and runs the end-to-end suite in it. Where no namespace can be made every
 * test is counted as skipped.
 */
import { fileURLToPath } from "node:url";

import { EDGE_COMMAND } from "../test/support/gateway-edge.ts";
import { DEFAULT_OPENCLAW_VERSION, installGateway } from "../test/support/gateway-package.ts";
import { installed } from "../test/support/installed-package.ts";
import { configureNamespace, findNamespaceWay, insideNamespace, runInNamespace, runToEnd } from "../test/support/namespace.ts";

const VITEST = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));

process.exitCode = insideNamespace() ? await inside(process.argv.slice(2)) : await outside(process.argv.slice(2));

async function outside(args: readonly string[]): Promise<number> {
  const { version, rest } = readVersion(args);
  const way = findNamespaceWay();
  if (way.kind === "impossible") {
    console.error(`\n*** SKIPPED: the suite against the real Gateway: ${way.reason}. ***\n`);
    return await vitest(rest, { ...process.env, EDGE_TEST_SKIP: way.reason });
  }
  process.env["OPENCLAW_VERSION"] = version;
  await installGateway(version);
  const place = await installed();
  try {
    process.env[EDGE_COMMAND] = place.bin;
    return await runInNamespace(way, fileURLToPath(import.meta.url), rest);
  } finally {
    await place.close();
  }
}

async function inside(args: readonly string[]): Promise<number> {
  configureNamespace();
  return await vitest(args, process.env);
}

function vitest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return runToEnd(process.execPath, [VITEST, "run", "--project", "gateway", ...args], env);
}

function readVersion(args: readonly string[]): { readonly version: string; readonly rest: readonly string[] } {
  const at = args.indexOf("--openclaw");
  const given = at === -1 ? undefined : args[at + 1];
  if (at !== -1 && given === undefined) throw new Error("--openclaw needs a version, for example --openclaw 2026.9.6");
  const rest = at === -1 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
  return { version: given ?? process.env["OPENCLAW_VERSION"] ?? DEFAULT_OPENCLAW_VERSION, rest };
}
