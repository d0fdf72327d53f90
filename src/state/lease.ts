import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { link, readFile, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { naming } from "./atomic-file.ts";
import { takeLock } from "./lock.ts";

/** A lock that is held for as long as its holder lives, seconds or hours, and not for longer. */
export interface Lease extends AsyncDisposable {
  /** Aborts when somebody else took the lease over (this process was stopped for too long): what it guards must not be touched any more. */
  readonly lost: AbortSignal;
}

export interface LeaseTiming {
  /** Milliseconds between two signs of life. Default 3,000. */
  readonly beat: number;
  /** Milliseconds without a sign of life after which a holder counts as dead. Default 20,000: a laptop may sleep, a disk may stall. */
  readonly stale: number;
  /** Milliseconds between two looks at a lease that somebody else holds. Default 250. */
  readonly look: number;
}

const TIMING: LeaseTiming = { beat: 3_000, stale: 20_000, look: 250 };

/**
 * Takes a lease: a file that its holder touches while he lives. Somebody who was killed is recognised at once where he ran beside us
 * (same boot, same PID namespace), otherwise by his silence, counted on our own monotonic clock: neither a wrong clock nor a file server
 * with a clock of its own can make a live holder look dead. Look again at what is guarded after taking it.
 *
 * @throws the signal's reason when it aborts first; the file system's error where the file can't be made
 */
export async function takeLease(path: string, signal: AbortSignal = NEVER, timing: LeaseTiming = TIMING): Promise<Lease> {
  const holder = JSON.stringify({ id: randomBytes(12).toString("base64url"), ...WHO, pid: process.pid, started: startedAt(process.pid) });
  let seen: { readonly sign: string; readonly at: number } | undefined;
  for (;;) {
    signal.throwIfAborted();
    if (await create(path, holder)) return hold(path, holder, timing);
    const sign = await signOfLife(path);
    if (sign === undefined) continue; // it was given back just now
    if (seen?.sign !== sign.text) seen = { sign: sign.text, at: performance.now() };
    if (sign.dead || performance.now() - seen.at > timing.stale) await takeAway(path, sign.text);
    else await sleep(timing.look, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

const NEVER = new AbortController().signal;

/** What tells processes of this machine from those of another one with the same disk. */
const WHO = {
  boot: read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
  pids: read(() => readlinkSync("/proc/self/ns/pid")),
};

/** The file is there with its content or not at all: whoever is killed in between leaves a lock that tells who held it, or none. */
async function create(path: string, holder: string): Promise<boolean> {
  if (await stat(path).then(Boolean, () => false)) return false;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeFile(temporary, holder, { flag: "wx", mode: 0o600 });
    await link(temporary, path);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw naming(path, cause);
    return createInPlace(path, holder);
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** For file systems without hard links. */
function createInPlace(path: string, holder: string): Promise<boolean> {
  return writeFile(path, holder, { flag: "wx", mode: 0o600 }).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause;
      return false;
    },
  );
}

function hold(path: string, holder: string, { beat, stale }: LeaseTiming): Lease {
  const lost = new AbortController();
  let last = performance.now();
  const lose = (): void => {
    clearInterval(timer);
    lost.abort(new Error(`The lock ${path} was lost to another process.`));
  };
  const live = async (): Promise<void> => {
    try {
      if ((await readFile(path, "utf8")) !== holder) return lose();
      const now = new Date();
      await utimes(path, now, now);
      last = performance.now();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return lose();
      // A disk that can't be written: the others will think that we are dead.
      if (performance.now() - last > stale) lose();
    }
  };
  const timer = setInterval(() => void live(), beat).unref();
  return {
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      if (lost.signal.aborted) return;
      if ((await readFile(path, "utf8").catch(() => undefined)) === holder) await unlink(path).catch(() => {});
    },
  };
}

/** Everything by which a holder shows that he lives; the same text for long enough means that he does not. */
async function signOfLife(path: string): Promise<{ readonly text: string; readonly dead: boolean } | undefined> {
  try {
    const [holder, { mtimeMs, ino }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { text: `${holder} ${mtimeMs} ${ino}`, dead: isDead(holder) };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

function isDead(holder: string): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(holder);
  } catch {
    return false; // half written: its maker is at it, or died at it, and then silence will tell
  }
  if (typeof parsed !== "object" || parsed === null) return false;
  const { boot, pids, pid, started } = parsed as Readonly<Record<string, unknown>>;
  if (WHO.boot === undefined || WHO.pids === undefined || boot !== WHO.boot || pids !== WHO.pids || typeof pid !== "number") return false;
  return startedAt(pid) !== started;
}

/** Under a lock of its own, so that of several who find a dead holder one takes away his lease, and not the next holder's too. */
async function takeAway(path: string, sign: string): Promise<void> {
  await using _lock = await takeLock(`${path}.takeover`);
  if ((await signOfLife(path))?.text === sign) await unlink(path).catch(() => {});
}

/** When a process began, in ticks since boot: a process id alone may be somebody else's by now. Undefined: there is no such process. */
function startedAt(pid: number): string | undefined {
  return read(() => {
    // Fields 3 (the state) and 22 of proc_pid_stat(5); the second, a program's name in parentheses, may have spaces in it.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  });
}

function read<T>(from: () => T): T | undefined {
  try {
    return from();
  } catch {
    return undefined;
  }
}
