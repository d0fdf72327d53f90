/** A clock that jumps, under a running edge. Date is what jumps; timers, sockets and files are real. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { followClock } from "../src/edge-clock.ts";
import { timestamp } from "../src/log/clock.ts";
import { httpDate } from "../src/listener/http-date.ts";
import { edgeWith } from "./support/edge.ts";
import { answering, OK } from "./support/raw-upstream.ts";
import { recordingLog } from "./support/recording-log.ts";
import { raw, request } from "./support/requests.ts";
import { browse, FETCH, signIn } from "./support/sign-in.ts";

const DAY = 86_400_000;
const YEAR = 365 * DAY;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const setClock = (by: number): void => void vi.setSystemTime(Date.now() + by);

describe("a clock that jumps by years, back and forth", () => {
  test("while it is behind, and when it is right again, a session goes on", async () => {
    const edge = await edgeWith(answering(OK));
    const { cookies } = await signIn(edge);
    const status = async (): Promise<unknown> => {
      const client = await edge.connect();
      client.write(browse("GET /", FETCH, cookies));
      const { status: code } = await client.response();
      client.destroy();
      return code;
    };
    for (const years of [-20, 20, -56, 56]) {
      setClock(years * YEAR);
      // Whether or not the edge has looked at the clock by now.
      for (let look = 0; look < 3; look++) {
        expect(await status()).toBe(200);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  });

  test("forward, it ends sessions, and whoever signs in by the wrong clock is not signed in for years by the right one", async () => {
    const edge = await edgeWith(answering(OK), { sessions: { idle: 1_500, lifetime: 30 * DAY } });
    const statusOf = async (cookies: Readonly<Record<string, string>>): Promise<number> => {
      const client = await edge.connect();
      client.write(browse("GET /", FETCH, cookies));
      const { status } = await client.response();
      client.destroy();
      return status;
    };
    const before = await signIn(edge);
    setClock(10 * YEAR);
    expect(await statusOf(before.cookies)).toBe(401);
    const ahead = await signIn(edge);
    expect(await statusOf(ahead.cookies)).toBe(200);
    setClock(-10 * YEAR);
    await expect.poll(() => statusOf(ahead.cookies), { timeout: 10_000, interval: 1_700 }).toBe(401);
  });

  test("throttles nobody for longer, and nobody for less", async () => {
    const edge = await edgeWith(answering(OK), { limits: { failedSignIns: 1 } });
    const client = await edge.connect();
    const wait = async (): Promise<number> => {
      client.write(raw("GET / HTTP/1.1", ["Host: ai.example.com", "Authorization: Basic YWxpY2U6d3Jvbmc="]));
      const response = await client.response();
      return Number(response.field("retry-after") ?? 0);
    };
    await wait();
    await wait();
    for (const years of [10, -30, 20]) {
      setClock(years * YEAR);
      const seconds = await wait();
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
    }
    expect(edge.log.said("error")).toBe("");
  });

  test("the log and the Date field follow it at once", () => {
    for (const years of [30, -60, 30]) {
      setClock(years * YEAR);
      expect(timestamp().slice(0, 19)).toBe(new Date().toISOString().slice(0, 19));
      expect(httpDate()).toBe(new Date().toUTCString());
    }
  });
});

describe("the operator", () => {
  test.each([
    [10 * YEAR, "info", "further on"],
    [-10 * YEAR, "warn", "was set back"],
  ] as const)("is told once of a clock that jumps by %d ms (%s), and certificates are looked at anew", async (by, level, words) => {
    const log = recordingLog();
    let reloads = 0;
    const reload = async () => {
      reloads += 1;
      return [];
    };
    onTestFinished(followClock(log, { reload }, { every: 5 }));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(log.entries).toEqual([]);
    setClock(by);
    await expect.poll(() => reloads).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(log.entries).toMatchObject([{ level, message: expect.stringContaining(words), details: { seconds: Math.abs(by) / 1_000 } }]);
  });

  test("hears nothing of a clock that is corrected by seconds", async () => {
    const log = recordingLog();
    onTestFinished(followClock(log, { reload: async () => [] }, { every: 5 }));
    for (const by of [-2_000, 30_000, -30_000]) {
      setClock(by);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(log.entries).toEqual([]);
  });
});

test("under a clock before 1970 and after 9000 people are served, and answers are dated by it", async () => {
  const { connect } = await edgeWith(answering(OK));
  const client = await connect();
  for (const time of [-1_000_000_000_000, 221_845_392_000_000, 1_800_000_000_000]) {
    vi.setSystemTime(time);
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(200);
    client.write(raw("GET / HTTP/1.1", ["Host: ai.example.com"]));
    const { status, field } = await client.response();
    expect([status, Math.abs(Date.parse(field("date") ?? "") - time) < 10_000]).toEqual([401, true]);
  }
});
