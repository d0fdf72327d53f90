/** What the sign-in tests share: exchanges made by the real grammar from raw bytes, cheap hashes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { onTestFinished } from "vitest";

import type { ConnectionMemo, Exchange } from "../../src/exchange.ts";
import type { UsersSource } from "../../src/auth/passwords.ts";
import type { HtpasswdEntry } from "../../src/auth/basic/htpasswd.ts";
import { exchangeOf } from "../support/exchange.ts";

export interface ExchangeOptions {
  /** Raw field lines. */
  readonly lines?: readonly string[];
  readonly prefix?: string;
  readonly signal?: AbortSignal;
  /** The same memo is the same connection. */
  readonly memo?: ConnectionMemo;
}

export function exchange({ lines = [], prefix = "192.0.2.1", ...more }: ExchangeOptions = {}): Exchange {
  return exchangeOf(["GET / HTTP/1.1", "Host: ai.example.com", ...lines], { client: { address: prefix, port: 40_000, prefix }, ...more });
}

/** An Authorization line with scheme Basic. */
export function basic(name: string, password: string | Uint8Array): string {
  const octets = Buffer.concat([Buffer.from(`${name}:`), Buffer.from(password as string)]);
  return `Authorization: Basic ${octets.toString("base64")}`;
}

/** A real hash at bcrypt's lowest cost unless another is asked for. */
export function bcrypt(password: string, cost = 4): string {
  return hashSync(password, cost);
}

/** A users source that a test changes by hand; files have their own test. */
export function usersSource(
  initial: Readonly<Record<string, string>>,
): UsersSource & { set(users: Readonly<Record<string, string>>): void } {
  let users = entries(initial);
  let generation = 1;
  const listeners = new Set<(lost: ReadonlySet<string>) => void>();
  return {
    get users() {
      return users;
    },
    get generation() {
      return generation;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(next) {
      const before = users;
      users = entries(next);
      generation += 1;
      const lost = new Set([...before].filter(([name, { hash }]) => users.get(name)?.hash !== hash).map(([name]) => name));
      for (const listener of listeners) listener(lost);
    },
  };
}

function entries(users: Readonly<Record<string, string>>): ReadonlyMap<string, HtpasswdEntry> {
  return new Map(Object.entries(users).map(([name, hash], index) => [name, { hash, cost: Number(hash.slice(4, 6)), line: index + 1 }]));
}

/** A directory for one test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "edge-auth-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * The most time, in milliseconds of this thread's CPU, that one turn of the event loop took while `work` ran: what everybody else
 * would have waited for. CPU time and not the clock's: this machine may have other work to do.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let last = process.threadCpuUsage();
  let longest = 0;
  const tick = (): void => {
    const { user, system } = process.threadCpuUsage(last);
    last = process.threadCpuUsage();
    longest = Math.max(longest, (user + system) / 1_000);
  };
  const timer = setInterval(tick, 1);
  try {
    await work();
    tick();
  } finally {
    clearInterval(timer);
  }
  return longest;
}

/** The best of several tries: the first may compile code or collect garbage of what ran before. */
export async function shortestOf(tries: number, limit: number, work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < tries && best >= limit; attempt += 1) best = Math.min(best, await longestTurn(work));
  return best;
}
