/** SIGKILL at every write of a program: what it leaves behind is the old state or the new one, never a third. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "vitest";

const PRELOAD = new URL("./kill-preload.ts", import.meta.url).href;

export interface KillTrial<Snapshot> {
  /** Arguments of node: `[BIN, "user", "add", …]`, or `["--input-type=module", "--eval", …]`. `directory` is where it works. */
  readonly program: (directory: string) => readonly string[];
  readonly input?: string;
  readonly environment?: (directory: string) => Readonly<Record<string, string>>;
  /** Makes the state that the program starts from, in an empty directory of mode 0700. */
  readonly prepare?: (directory: string) => Promise<void>;
  /** What counts: the files as whoever reads them would. Two snapshots are the same when they are deeply equal. */
  readonly look: (directory: string) => Promise<Snapshot>;
  /**
   * Says whether a snapshot after the kill is right. Default: it is the one of before, or the one that the whole program makes. For a
   * program that makes something random each time.
   */
  readonly accept?: (after: Snapshot, before: Snapshot, made: Snapshot) => void;
  /** Runs after each kill and what followed it: what must work again. Default: the program, which must end with `code`. */
  readonly recover?: (directory: string) => Promise<void>;
  /** The program's exit code when nobody kills it. Default 0. */
  readonly code?: number;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** @returns the points it was killed at, in words */
export async function killAtEveryWrite<Snapshot>(trial: KillTrial<Snapshot>): Promise<readonly string[]> {
  const { look, code = 0, accept = (after, before, made) => expect([before, made]).toContainEqual(after) } = trial;
  const run = async (directory: string, at: number, count?: string): Promise<Ended> => {
    const child = spawn(process.execPath, ["--import", PRELOAD, ...trial.program(directory)], {
      env: {
        ...process.env,
        ...trial.environment?.(directory),
        KILL_UNDER: directory,
        KILL_AT: String(at),
        ...(count !== undefined && { KILL_COUNT: count }),
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
    child.stdin.on("error", () => {}).end(trial.input ?? "");
    const [exit, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return { code: exit, signal, output };
  };
  const recover =
    trial.recover ??
    (async (directory: string) => {
      const again = await run(directory, 0);
      expect(again).toMatchObject({ code });
    });

  const top = await mkdtemp(join(tmpdir(), "openclaw-edge-kill-"));
  try {
    const fresh = async (name: string): Promise<string> => {
      const directory = join(top, name);
      await mkdir(directory, { mode: 0o700 });
      await trial.prepare?.(directory);
      return directory;
    };
    const whole = await fresh("whole");
    const before = await look(whole);
    const counted = join(top, "count");
    const ended = await run(whole, 0, counted);
    expect(ended).toMatchObject({ code, signal: null });
    const made = await look(whole);
    const points = (await readFile(counted, "utf8")).split("\n").slice(0, -1);
    let next = 0;
    const killer = async (): Promise<void> => {
      for (let at = ++next; at <= points.length; at = ++next) {
        const where = `killed before point ${at} of ${points.length}: ${points[at - 1]}`;
        const directory = await fresh(String(at));
        const killed = await run(directory, at);
        await told(where, async () => expect(killed).toMatchObject({ signal: "SIGKILL" }));
        await told(where, async () => accept(await look(directory), before, made));
        await told(`afterwards, ${where}`, () => recover(directory));
        await rm(directory, { recursive: true, force: true });
      }
    };
    // Two at a time: starting the program is most of the work.
    await Promise.all([killer(), killer()]);
    return points;
  } finally {
    await rm(top, { recursive: true, force: true });
  }
}

async function told(where: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) error.message = `${where}: ${error.message}`;
    throw error;
  }
}
