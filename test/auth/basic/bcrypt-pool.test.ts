import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { promisify } from "node:util";
import { compareSync } from "bcryptjs";
import { afterEach, describe, expect, it } from "vitest";

import { createBcryptPool } from "../../../src/auth/basic/bcrypt-pool.ts";
import { bcrypt, longestTurn, shortestOf } from "../support.ts";
import type { BcryptPool, BcryptPoolOptions, CheckOutcome, PasswordCheck } from "../../../src/auth/basic/bcrypt-pool.ts";
import { eventually } from "../../support/eventually.ts";
import { recordingLog } from "../../support/recording-log.ts";

const QUICK = bcrypt("right");
/** About 80 ms of work: long enough that what follows surely waits. */
const SLOW = bcrypt("right", 10);
/** What makes bcryptjs throw inside the thread, which ends it. */
const POISON = "x".repeat(60);

const open: BcryptPool[] = [];
afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});

function pool(options: Partial<BcryptPoolOptions> = {}): BcryptPool {
  const created = createBcryptPool({ capacity: 64, ...options });
  open.push(created);
  return created;
}

let checks = 0;
function check(options: Partial<PasswordCheck> = {}): PasswordCheck {
  checks += 1;
  return { key: `key-${checks}`, prefix: "192.0.2.1", password: "wrong", hash: QUICK, signal: new AbortController().signal, ...options };
}

describe("a flood of wrong passwords", () => {
  it("from one prefix takes one place in the queue; the rest is answered busy at once, with a wait of 1 to 5 s", async () => {
    const checker = pool();
    const flood = Array.from({ length: 50 }, () => checker.check(check({ hash: SLOW })));
    expect(checker.waiting).toBe(1);
    const outcomes = await Promise.all(flood);
    expect(outcomes.filter(({ kind }) => kind === "mismatch")).toHaveLength(2);
    const busy = outcomes.filter((outcome): outcome is Extract<CheckOutcome, { kind: "busy" }> => outcome.kind === "busy");
    expect(busy).toHaveLength(48);
    for (const { retryAfter } of busy) expect([1, 2, 3, 4, 5]).toContain(retryAfter);
    expect(checker.started).toBe(2);
  });

  it("from one prefix does not delay another: it is next, before what the flood had queued", async () => {
    const checker = pool({ waitingPerPrefix: 10 });
    const order: string[] = [];
    const run = async (name: string, options: Partial<PasswordCheck>): Promise<void> => {
      await checker.check(check(options));
      order.push(name);
    };
    const flood = Array.from({ length: 6 }, (_, index) => run(`flood ${index}`, { prefix: "198.51.100.66" }));
    const owner = run("owner", { prefix: "192.0.2.1" });
    await Promise.all([...flood, owner]);
    expect(order).toEqual(["flood 0", "owner", "flood 1", "flood 2", "flood 3", "flood 4", "flood 5"]);
  });

  it("from several prefixes is taken in turn", async () => {
    const checker = pool({ waitingPerPrefix: 10 });
    const order: string[] = [];
    const run = async (prefix: string): Promise<void> => {
      await checker.check(check({ prefix }));
      order.push(prefix);
    };
    await Promise.all(["a", "a", "a", "a", "b", "b", "b", "c"].map(run));
    expect(order.join("")).toBe("abcababa");
  });

  it("from many prefixes meets the bound in all", async () => {
    const checker = pool({ capacity: 4 });
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => checker.check(check({ prefix: `prefix-${index}` }))));
    expect(outcomes.map(({ kind }) => kind)).toEqual([...new Array(4).fill("mismatch"), ...new Array(6).fill("busy")]);
    expect((await checker.check(check({ password: "right" }))).kind).toBe("match");
  });

  it("leaves the event loop alone: no stall of 20 ms, where one check on it takes longer", async () => {
    const onTheLoop = await longestTurn(async () => void compareSync("wrong", SLOW));
    expect(onTheLoop).toBeGreaterThan(20);
    const checker = pool();
    await checker.check(check()); // the thread is started
    const stall = await shortestOf(8, 20, () => checker.check(check({ hash: SLOW })));
    expect(stall).toBeLessThan(20);
  });
});

describe("checks of the same credential", () => {
  it("are one check, shared by all who wait for it, also while it runs", async () => {
    const checker = pool();
    const same = { key: "same", password: "right", hash: SLOW };
    const six = Array.from({ length: 6 }, () => checker.check(check(same)));
    expect((await Promise.all(six)).map(({ kind }) => kind)).toEqual(new Array(6).fill("match"));
    expect(checker.started).toBe(1);
    expect((await checker.check(check({ ...same, password: "wrong" }))).kind).toBe("mismatch");
    expect(checker.started).toBe(2);
  });
});

describe("a check that may be refused", () => {
  it("is asked at its turn, when what was found before it is known, and is not made when it is refused", async () => {
    const checker = pool();
    let failures = 0;
    const guess = (prefix: string) =>
      checker.check(
        check({ prefix, refusal: () => (failures >= 3 ? 30 : 0), ended: (match) => void (match ? undefined : (failures += 1)) }),
      );
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => guess(`prefix-${index}`)));
    expect(outcomes.map(({ kind }) => kind)).toEqual([...new Array(3).fill("mismatch"), ...new Array(5).fill("refused")]);
    expect(outcomes.at(-1)).toEqual({ kind: "refused", retryAfter: 30 });
    expect([checker.started, checker.waiting]).toEqual([3, 0]);
    expect((await checker.check(check({ password: "right" }))).kind).toBe("match");
  });

  it("is refused to all who wait for it, and leaves its key free", async () => {
    const checker = pool();
    let isShut = true;
    const same = { key: "same", password: "right", refusal: () => (isShut ? 7 : 0) };
    const running = checker.check(check({ prefix: "192.0.2.9" }));
    const both = await Promise.all([checker.check(check(same)), checker.check(check(same))]);
    expect(both).toEqual([
      { kind: "refused", retryAfter: 7 },
      { kind: "refused", retryAfter: 7 },
    ]);
    isShut = false;
    expect((await checker.check(check(same))).kind).toBe("match");
    await running;
  });
});

describe("a client that leaves", () => {
  it("while its check waits takes it out of the queue: the work is never done, and the place is free again", async () => {
    const checker = pool();
    const running = checker.check(check({ hash: SLOW }));
    const gone = new AbortController();
    const waiting = checker.check(check({ signal: gone.signal }));
    expect(checker.waiting).toBe(1);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: "client_left" });
    expect(checker.waiting).toBe(0);
    const next = checker.check(check({ password: "right" }));
    expect((await next).kind).toBe("match");
    expect((await running).kind).toBe("mismatch");
    expect(checker.started).toBe(2);
  });

  it("does not take away the check of another who waits for the same", async () => {
    const checker = pool();
    const running = checker.check(check({ hash: SLOW }));
    const [gone, stays] = [new AbortController(), new AbortController()];
    const left = checker.check(check({ key: "shared", password: "right", signal: gone.signal }));
    const kept = checker.check(check({ key: "shared", password: "right", signal: stays.signal }));
    gone.abort();
    await expect(left).rejects.toMatchObject({ code: "client_left" });
    expect((await kept).kind).toBe("match");
    await running;
    expect(checker.started).toBe(2);
  });

  it("while its check runs is not waited for, and its next try joins the check that runs", async () => {
    const checker = pool();
    const gone = new AbortController();
    const left = checker.check(check({ key: "same", password: "right", hash: SLOW, signal: gone.signal }));
    gone.abort();
    await expect(left).rejects.toMatchObject({ code: "client_left" });
    expect((await checker.check(check({ key: "same", password: "right", hash: SLOW }))).kind).toBe("match");
    expect(checker.started).toBe(1);
  });

  it("before its check begins costs nothing", async () => {
    const checker = pool();
    await expect(checker.check(check({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: "client_left" });
    expect(checker.started).toBe(0);
  });

  it("leaves no listener behind when its check has ended", async () => {
    const checker = pool();
    const { signal } = new AbortController();
    let listeners = 0;
    const counted = new Proxy(signal, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        if (property === "addEventListener") listeners += 1;
        if (property === "removeEventListener") listeners -= 1;
        return value.bind(target);
      },
    });
    await checker.check(check({ signal: counted }));
    expect(listeners).toBe(0);
  });
});

describe("a thread that ends unexpectedly", () => {
  it("is a technical failure and no wrong password; what waits is checked by a new thread", async () => {
    const log = recordingLog();
    const checker = pool({ log });
    const failing = checker.check(check({ hash: POISON, password: "top secret" }));
    const after = checker.check(check({ password: "right", prefix: "192.0.2.2" }));
    await expect(failing).rejects.toMatchObject({ name: "EdgeError", code: "internal" });
    expect((await after).kind).toBe("match");
    expect(log.count("error")).toBe(1);
    expect(JSON.stringify(log.entries)).not.toContain("top secret");
  });

  it("does not bring the pool down when it happens again and again", async () => {
    const checker = pool();
    for (let index = 0; index < 3; index += 1) {
      await expect(checker.check(check({ hash: POISON }))).rejects.toMatchObject({ code: "internal" });
    }
    expect((await checker.check(check({ password: "right" }))).kind).toBe("match");
  });
});

describe("the pool", () => {
  it("compares $2y$, htpasswd's own prefix, as $2b$ and $2a$", async () => {
    const checker = pool();
    for (const version of ["a", "b", "y"]) {
      const hash = `$2${version}$${QUICK.slice(4)}`;
      expect((await checker.check(check({ hash, password: "right" }))).kind).toBe("match");
      expect((await checker.check(check({ hash, password: "Right" }))).kind).toBe("mismatch");
    }
  });

  it("starts no thread before the first check", async () => {
    const before = threads().length;
    const checker = pool();
    expect(threads().length).toBe(before);
    await checker.check(check());
    expect(threads().length).toBeGreaterThan(before);
  });

  it.runIf(process.platform === "linux")("works at nice 10 while the rest of the process keeps its priority", async () => {
    const own = getPriority();
    const lowered = Math.max(10, own);
    const before = threads().filter(({ nice }) => nice === lowered).length;
    const checker = pool();
    await checker.check(check());
    expect(threads().filter(({ nice }) => nice === lowered)).toHaveLength(before + 1);
    expect(threads().find(({ id }) => id === process.pid)?.nice).toBe(own);
  });

  it("does not hold the process alive", async () => {
    const source = new URL("../../../src/auth/basic/bcrypt-pool.ts", import.meta.url).href;
    const script = `
      import { createBcryptPool } from ${JSON.stringify(source)};
      const held = setTimeout(() => {}, 15_000);
      const signal = new AbortController().signal;
      const check = { key: "k", prefix: "p", password: "right", hash: ${JSON.stringify(QUICK)}, signal };
      console.log((await createBcryptPool({ capacity: 1 }).check(check)).kind);
      clearTimeout(held);`;
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { timeout: 15_000 });
    expect((await run).stdout).toBe("match\n");
  });

  it("ends what waits and what runs when it is closed, takes nothing more, and ends its thread", async () => {
    const checker = pool();
    const running = checker.check(check({ hash: SLOW }));
    const waiting = checker.check(check());
    await eventually(() => checker.waiting === 1);
    const both = Promise.allSettled([running, waiting]);
    await checker.close();
    for (const ended of await both) expect(ended).toMatchObject({ status: "rejected", reason: { code: "shutting_down" } });
    await expect(checker.check(check())).rejects.toMatchObject({ code: "shutting_down" });
  });
});

/** This process's threads with their nice value (field 19 of proc_pid_stat(5)). */
function threads(): readonly { readonly id: number; readonly nice: number }[] {
  return readdirSync("/proc/self/task").flatMap((id) => {
    try {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, "utf8");
      return [{ id: Number(id), nice: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]) }];
    } catch {
      return []; // it has ended
    }
  });
}
