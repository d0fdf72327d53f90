/**
 * How Node is started for a child process: SIGUSR1 would make it open a debugger's port on loopback, by which every account of the
 * machine could run code with the edge's rights. The program itself ignores the signal (cli/bin.ts).
 */
export const NO_DEBUGGER: readonly string[] = ["--disable-sigusr1"];
