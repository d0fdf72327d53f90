/**
 * What V8 is told, and why. Neither changes the CPU that a request costs.
 *
 * - The young generation: by default it grows with the machine's memory, to 128 MiB on a machine with 16 GiB, the first time that a
 *   thousand clients come at once, and it never gives that back: 9 KB for each of 5,000 open WebSockets, for nothing.
 * - Maglev, the middle one of three compilers, is used for the start-up alone before the last one takes over: 2 MiB for the process's life.
 */
const FLAGS = ["--max-semi-space-size=8", "--no-maglev"];

/**
 * Starts this program anew in the same process (execve), with the flags above: they take effect only where V8 starts.
 * Whoever sets the first of them himself, or runs on a system that can't do this, is left alone.
 */
export function startWithRuntimeFlags(): void {
  const written = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  if (process.platform === "win32" || process.execve === undefined || written.includes("semi-space-size")) return;
  // A program that talks to the process it started (pm2, a test) would lose the line.
  if (process.channel !== undefined) return;
  const [, script = "", ...args] = process.argv;
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...FLAGS, script, ...args], process.env);
}
