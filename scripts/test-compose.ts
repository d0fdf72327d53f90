/**
 * `npm run test:compose [-- vitest arguments]`
 *
 * Starts a real Docker engine that is unpacked into .cache/ (as root on Debian), and runs the suite in the engine's network namespace,
 * where published ports are. Elsewhere every test is counted as skipped.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const ENGINE = path("../test/support/compose-engine/engine");
const DIRECTORY = path("../.cache/compose-engine");
const VITEST = [path("../node_modules/vitest/vitest.mjs"), "run", "--project", "compose", ...process.argv.slice(2)];

const reason = whyNot();
if (reason !== undefined) {
  console.error(`\n*** SKIPPED: the suite with docker compose: ${reason}. ***\n`);
  process.exitCode = run(process.execPath, VITEST, { OPENCLAW_EDGE_TEST_SKIP: reason });
} else {
  console.error("Starting a Docker engine (the first time a minute or two)…");
  const started = spawnSync(ENGINE, ["start", DIRECTORY], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const pid = /^pid (\d+)$/m.exec(started.stdout)?.[1];
  try {
    if (pid === undefined) throw new Error(`The engine did not start; see ${DIRECTORY}/dockerd.log.`);
    const environment = Object.fromEntries(
      spawnSync(ENGINE, ["env", DIRECTORY], { encoding: "utf8" })
        .stdout.trim()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    ) as Readonly<Record<string, string>>;
    process.exitCode = run("nsenter", [`--net=/proc/${pid}/ns/net`, process.execPath, ...VITEST], environment);
  } finally {
    spawnSync(ENGINE, ["stop", DIRECTORY], { stdio: "inherit" });
  }
}

function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>>): number {
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...environment } }).status ?? 1;
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "it needs root (namespaces, mounts and a chroot)";
  if (!existsSync("/etc/apt/sources.list.d/debian.sources"))
    return "it takes its Docker engine from Debian's packages, and this is no Debian";
  const missing = ["debootstrap", "slirp4netns", "iptables", "ip", "nsenter"].filter((name) => spawnSync("which", [name]).status !== 0);
  return missing.length === 0
    ? undefined
    : `${missing.join(", ")} missing: apt-get install debootstrap slirp4netns iptables iproute2 util-linux`;
}
