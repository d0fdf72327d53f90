/**
 * What V8 is told. By default its young generation grows with the machine's memory, to 128 MiB on a machine with 16 GiB, the first time
 * that a thousand clients come at once, and it never gives that back: 9 KB for each of 5,000 open WebSockets, for nothing. The CPU that
 * a request costs is the same from 1 MiB to 32.
 */
const FLAG = "--max-semi-space-size=8";
/** What glibc's malloc is told: a heap of its own for each of a dozen helper threads is half a MiB that nobody uses. */
const MALLOC = { MALLOC_ARENA_MAX: "2" };

/**
 * Starts this program anew in the same process (execve), with the settings above: they take effect only where a program starts.
 * Whoever sets the flag himself, or runs on a system that can't do this, is left alone.
 */
export function startWithRuntimeFlag(): void {
  const written = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  if (process.platform === "win32" || process.execve === undefined || written.includes("semi-space-size")) return;
  // A program that talks to the process it started (pm2, a test) would lose the line.
  if (process.channel !== undefined) return;
  const [, script = "", ...args] = process.argv;
  process.execve(process.execPath, [process.execPath, ...process.execArgv, FLAG, script, ...args], { ...MALLOC, ...process.env });
}
