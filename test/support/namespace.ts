import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The address that clients dial and that the Gateway sees: it refuses those of 127.0.0.0/8 (RFC 5737, TEST-NET-2). */
export const CLIENT_ADDRESS = "198.51.100.10";
/** The same for IPv6 (RFC 3849). */
export const CLIENT_ADDRESS_6 = "2001:db8::10";

const INSIDE = "EDGE_TEST_NAMESPACE";

/** Whether this process runs in a namespace made by {@link runInNamespace}. */
export const insideNamespace = (): boolean => process.env[INSIDE] === "1";

/** How a network namespace can be made here, or why it can't. */
export type NamespaceWay =
  | { readonly kind: "possible"; readonly command: readonly [string, ...string[]] }
  | { readonly kind: "impossible"; readonly reason: string };

/**
 * Finds the strongest way. A PID namespace beside the network's takes every process of the suite with it when it ends;
 * where it can't be had (no fresh /proc in some containers) the suite must rely on its own tidiness.
 */
export function findNamespaceWay(): NamespaceWay {
  if (spawnSync("ip", ["-V"]).error) return { kind: "impossible", reason: "the command ip is missing: install iproute2" };
  if (spawnSync("unshare", ["--version"]).error)
    return { kind: "impossible", reason: "the command unshare is missing: install util-linux" };
  const network = process.getuid?.() === 0 ? ["--net"] : ["--user", "--map-root-user", "--net"];
  const ways = [[...network, "--pid", "--fork", "--kill-child", "--mount-proc"], network];
  let message = "";
  for (const flags of ways) {
    const trial = spawnSync("unshare", [...flags, "ip", "link", "set", "lo", "up"], { encoding: "utf8" });
    if (trial.status === 0) return { kind: "possible", command: [...diesWithParent(), "unshare", ...flags] as [string, ...string[]] };
    message = trial.stderr.trim();
  }
  return { kind: "impossible", reason: `no network namespace can be made here (${message})` };
}

/** So that not even SIGKILL of the script leaves anything running. */
function diesWithParent(): readonly string[] {
  const prefix = ["setpriv", "--pdeathsig", "KILL"];
  return spawnSync("setpriv", [...prefix.slice(1), "true"]).status === 0 ? prefix : [];
}

/** Runs a Node script inside a new namespace, with this process's terminal and a temporary directory that goes with it; gives its exit code. */
export async function runInNamespace(way: NamespaceWay & { kind: "possible" }, script: string, args: readonly string[]): Promise<number> {
  const [command, ...flags] = way.command;
  const temporary = await mkdtemp(join(tmpdir(), "openclaw-edge-test-"));
  try {
    return await runToEnd(command, [...flags, process.execPath, script, ...args], { ...process.env, TMPDIR: temporary, [INSIDE]: "1" });
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Brings up the loopback device and the two client addresses; for the process inside. */
export function configureNamespace(): void {
  for (const args of [
    ["link", "set", "lo", "up"],
    ["addr", "add", `${CLIENT_ADDRESS}/32`, "dev", "lo"],
    ["-6", "addr", "add", `${CLIENT_ADDRESS_6}/128`, "dev", "lo", "nodad"],
  ]) {
    const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
    // A kernel without IPv6 loses one test, not the suite.
    if (status !== 0 && args[0] !== "-6") throw new Error(`ip ${args.join(" ")}: ${stderr.trim()}`);
  }
}

/** Runs a command with this process's terminal to its end; whoever stops us stops it too, 2 s later by force (unshare ignores SIGTERM). */
export async function runToEnd(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit", env });
  const stop = (): void => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 2_000).unref();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
  try {
    return await new Promise<number>((resolve, reject) => child.once("error", reject).once("close", (code) => resolve(code ?? 1)));
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop).off("SIGHUP", stop);
  }
}
