/** What a server costs, read from /proc: CPU time and memory of its whole process tree. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

/** CPU time so far. Taken twice; `cpuBetween` gives the difference. */
export interface CpuSnapshot {
  /** Nanoseconds by thread, of the threads that live. */
  readonly threads: ReadonlyMap<string, bigint>;
  /** Clock ticks of 10 ms of the living processes, their ended threads and their reaped children. */
  readonly ticks: number;
}

export interface Memory {
  /** Resident set, octets, summed over the processes (shared pages count once for each). */
  readonly rss: number;
  /** Proportional set, octets: shared pages are divided among those who share them. */
  readonly pss: number;
}

const TICK = 10_000_000n;

export function cpuOf(pid: number): CpuSnapshot {
  const threads = new Map<string, bigint>();
  let ticks = 0;
  for (const member of treeOf(pid)) {
    // utime, stime, cutime and cstime are fields 14 to 17; the name before them may hold spaces. (proc(5))
    const stat = afterName(read(`/proc/${member}/stat`)).split(" ");
    ticks += Number(stat[11] ?? 0) + Number(stat[12] ?? 0) + Number(stat[13] ?? 0) + Number(stat[14] ?? 0);
    for (const thread of list(`/proc/${member}/task`)) {
      const [ran] = read(`/proc/${member}/task/${thread}/schedstat`).split(" ");
      if (ran) threads.set(thread, BigInt(ran));
    }
  }
  return { threads, ticks };
}

/**
 * CPU time between two snapshots, in nanoseconds. The scheduler's own count is exact; where a thread or process ended in between,
 * its count is gone, and the kernel's ticks (10 ms each) decide.
 */
export function cpuBetween(before: CpuSnapshot, after: CpuSnapshot): number {
  let exact = 0n;
  for (const [thread, ran] of after.threads) exact += ran - (before.threads.get(thread) ?? 0n);
  const ended = [...before.threads.keys()].some((thread) => !after.threads.has(thread));
  const coarse = BigInt(after.ticks - before.ticks) * TICK;
  return Number(ended || after.threads.size === 0 ? coarse : exact);
}

export function memoryOf(pid: number): Memory {
  let rss = 0;
  let pss = 0;
  for (const member of treeOf(pid)) {
    rss += kilobytes(read(`/proc/${member}/status`), "VmRSS") * 1024;
    pss += kilobytes(read(`/proc/${member}/smaps_rollup`), "Pss") * 1024;
  }
  return { rss, pss };
}

/** The process and all its descendants. */
function treeOf(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of list("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = afterName(read(`/proc/${name}/stat`)).split(" ")[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const tree = [root];
  for (const member of tree) for (const [pid, parent] of parents) if (parent === member) tree.push(pid);
  return tree;
}

/** What follows `PID (NAME) ` in a stat file. */
function afterName(stat: string): string {
  return stat.slice(stat.lastIndexOf(")") + 2);
}

function kilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}

/** A process may end at any moment: what cannot be read is empty. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
