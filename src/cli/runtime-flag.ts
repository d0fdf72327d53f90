import { CA_FLAG, MALLOC_ENVIRONMENT, V8_FLAG } from "../service/runtime-settings.ts";

/**
 * Starts this program anew in the same process (execve), with the settings that the service's unit has, too: they take effect only where
 * a program starts. Whoever sets the flag himself, or runs on a system that can't do this, is left alone.
 */
export function startWithRuntimeFlag(): void {
  // The runtime takes `_` for `-` in a flag.
  const written = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ").replaceAll("_", "-");
  if (process.platform === "win32" || process.execve === undefined || written.includes("semi-space-size")) return;
  // A program that talks to the process it started (pm2, a test) would lose the line.
  if (process.channel !== undefined) return;
  const [, script = "", ...args] = process.argv;
  // The runtime refuses to start with two flags of that kind.
  const chosen = /--use-\w+-ca\b/.test(written) || process.env["NODE_USE_SYSTEM_CA"] !== undefined;
  const flags = chosen ? [V8_FLAG] : [V8_FLAG, CA_FLAG];
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...flags, script, ...args], {
    ...MALLOC_ENVIRONMENT,
    ...process.env,
  });
}
