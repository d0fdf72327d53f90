import { expect } from "vitest";

import { ALICE } from "../../support/edge.ts";
import { eventually, pause } from "../../support/eventually.ts";
import type { EdgeProcess, Sockets } from "./edge-process.ts";
import { honestClient } from "./honest.ts";
import { repeat, request } from "./requests.ts";

const MEBIBYTE = 1_048_576;
/** Upstream connections that the edges of these tests keep idle. */
export const IDLE_UPSTREAM = 2;
/** Milliseconds in which everything has to be closed after the attackers have gone; the edge's own time-outs are 2 and 3 s here. */
const SETTLE = 10_000;
/** Octets that may stay of an attack: lazily loaded code, caches with a bound, and what the allocator keeps. */
const KEPT_HEAP = 8 * MEBIBYTE;
const KEPT_RSS = 128 * MEBIBYTE;
/** Milliseconds; a busy machine is slow, a blocked event loop is slower. */
const TYPICAL_ANSWER = 500;
const LONGEST_BLOCK = 2_000;

export interface Bounds {
  /** Octets by which resident memory may grow while the attack lasts. Default 160 MiB. */
  readonly peak?: number;
  /** Octets by which resident memory may stay above what it was: what the allocators keep for the next time. Default 128 MiB. */
  readonly resident?: number;
  /** Where the honest client comes from. Default 127.0.0.9; the attackers are 127.0.0.1. */
  readonly from?: string;
}

/**
 * Runs an attack, and asserts what every attack must leave behind: the process lives and was not blocked, somebody honest was served all
 * the while, every socket on both sides is closed, and memory is back where it was.
 */
export async function withstand(edge: EdgeProcess, attack: () => Promise<void>, bounds: Bounds = {}): Promise<void> {
  const { peak: allowedPeak = 160 * MEBIBYTE, resident = KEPT_RSS, from = "127.0.0.9" } = bounds;
  await answersHonestly(edge);
  await settled(edge);
  const before = await edge.insight();
  const rssBefore = edge.rss();
  const honest = await honestClient({ port: edge.port, ca: edge.ca, authorization: ALICE, localAddress: from });
  let peak = rssBefore;
  const watch = setInterval(() => edge.alive && (peak = Math.max(peak, edge.rss())), 50);
  try {
    await attack();
  } finally {
    clearInterval(watch);
    const { latencies, failures } = await honest.stop();
    expect(failures, "what an honest client met during the attack").toEqual([]);
    expect(median(latencies), "milliseconds of an honest answer during the attack").toBeLessThan(TYPICAL_ANSWER);
  }
  expect(edge.alive, "the process lives").toBe(true);
  expect(
    edge.log.filter(({ level }) => level === "error"),
    "failures inside the edge",
  ).toEqual([]);
  expect((peak - rssBefore) / MEBIBYTE, "MiB that memory grew during the attack").toBeLessThan(allowedPeak / MEBIBYTE);
  await settled(edge);
  await answersHonestly(edge);
  let after = await edge.insight();
  expect(after.blocked, "milliseconds that the event loop was held at once").toBeLessThan(LONGEST_BLOCK);
  // Lines of the log may still wait for a slow reader.
  const kept = (): number => after.heap + after.external - before.heap - before.external;
  for (const end = performance.now() + SETTLE; kept() >= KEPT_HEAP && performance.now() < end; after = await edge.insight())
    await pause(200);
  expect(kept() / MEBIBYTE, "MiB that stay").toBeLessThan(KEPT_HEAP / MEBIBYTE);
  expect((edge.rss() - rssBefore) / MEBIBYTE, "MiB that stay resident").toBeLessThan(resident / MEBIBYTE);
}

/**
 * Waits until no client's socket is open in the edge, and no upstream's beyond those kept idle.
 * @param others clients that may be there: during an attack the honest one is
 */
export async function settled(edge: EdgeProcess, others = 0): Promise<void> {
  let open: Sockets = edge.sockets();
  const isSettled = (): boolean => {
    open = edge.sockets();
    return open.clients <= others && open.upstream <= IDLE_UPSTREAM && open.dead === 0;
  };
  await eventually(isSettled, SETTLE, () => `Sockets stay open: ${JSON.stringify(open)}`);
}

/** A new client signs in and is answered by the upstream, promptly. */
export async function answersHonestly(edge: EdgeProcess): Promise<void> {
  const client = await edge.connect({ localAddress: "127.0.0.8" });
  const start = performance.now();
  client.write(`GET /honest HTTP/1.1\r\nHost: ai.example.com\r\nAuthorization: ${ALICE}\r\n\r\n`);
  const { status, body } = await client.response();
  expect({ status, body }).toEqual({ status: 200, body: "honest" });
  expect(performance.now() - start, "milliseconds of an honest answer").toBeLessThan(3_000);
  client.destroy();
}

/** The first thousand exchanges make caches and compiled code that stay. */
export async function warmUp(edge: EdgeProcess): Promise<void> {
  await repeat(20, 10, async () => {
    const client = await edge.connect();
    for (let count = 0; count < 50; count++) {
      client.write(request("/honest"));
      await client.response();
    }
    client.destroy();
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;
}
