/** What a stranger with a stopwatch learns of who has an account here: nothing (ASVS 6.3.8). */
import { performance } from "node:perf_hooks";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { basic, USERS } from "../support/edge.ts";
import { eventually } from "../support/eventually.ts";
import type { RawClient } from "../support/raw-client.ts";
import { openForm, post, type OpenForm } from "../support/sign-in.ts";
import { usersText } from "../support/users-text.ts";
import { startEdgeProcess, type EdgeProcess } from "./support/edge-process.ts";
import { request } from "./support/requests.ts";
import { routedUpstream, type RoutedUpstream } from "./support/upstream.ts";

/** Samples of each kind in a round, taken in turns, so that whatever else the machine does hits both alike. */
const ROUND = 300;
/** A difference that is there shows in every round; one that is noise goes away with more samples. */
const ROUNDS = 6;
/** Of the medians. */
const TOLERANCE = 0.05;

let upstream: RoutedUpstream;
let edge: EdgeProcess;
let serial = 0;

beforeAll(async () => {
  upstream = await routedUpstream();
  // bcrypt's lowest cost: the smaller the work that both have in common, the larger any difference beside it.
  edge = await startEdgeProcess({ upstream: upstream.port, flags: ["--failed-sign-ins", "1000", "--connections-per-client", "10000"] });
});
afterAll(async () => {
  await edge?.close();
  await upstream?.close();
});

/** The octets of a sign-in. */
type Attempt = (client: RawClient) => string;

/** Milliseconds from the request to the whole answer. */
async function time(client: RawClient, text: string, status: number): Promise<number> {
  const start = performance.now();
  // Not through `response()`, which looks every few milliseconds: the moment of the first octets is what a stranger would take.
  const answered = new Promise<number>((resolve) => client.socket.once("data", () => resolve(performance.now() - start)));
  client.write(text);
  const elapsed = await answered;
  expect((await client.response()).status).toBe(status);
  return elapsed;
}

/** How far the medians of two kinds of attempts lie apart, after as many rounds as it takes to be sure. */
async function difference(status: number, one: Attempt, other: Attempt, from: () => Promise<RawClient>, rounds = ROUNDS): Promise<number> {
  const samples: readonly [number[], number[]] = [[], []];
  let apart = 1;
  for (let round = 0; round < rounds && apart > TOLERANCE; round += 1) {
    const client = await from();
    for (let count = 0; count < ROUND; count += 1) {
      // Who goes first takes turns, too.
      for (const kind of count % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        samples[kind].push(await time(client, (kind === 0 ? one : other)(client), status));
      }
    }
    client.destroy();
    const [first, second] = samples.map(median) as [number, number];
    apart = Math.abs(first - second) / Math.min(first, second);
  }
  return apart;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const by = (name: string, password: string): string => request("/", { authorization: basic(name, password) });
const wrong = (name: string): string => by(name, `wrong ${(serial += 1)}`);
let address = 0;
/** A stranger of his own for each round: no round may run into the throttle. */
const stranger = (): Promise<RawClient> => edge.connect({ localAddress: `127.0.8.${(address += 1)}` });

describe("the time that a wrong sign-in takes", () => {
  it("is the same for a name that exists and for one that does not", async () => {
    await edge.connect().then((client) => time(client, wrong("alice"), 401)); // starts the thread
    expect(
      await difference(
        401,
        () => wrong("alice"),
        () => wrong(`nobody${serial}`),
        stranger,
      ),
    ).toBeLessThan(TOLERANCE);
  });

  it("is the same on the sign-in page", async () => {
    const own = await startEdgeProcess({
      upstream: upstream.port,
      flags: ["--failed-sign-ins", "1000", "--connections-per-client", "10000"],
    });
    const forms = new WeakMap<RawClient, OpenForm>();
    const opened = async (): Promise<RawClient> => {
      const client = await own.connect({ localAddress: `127.0.10.${(address += 1)}` });
      forms.set(client, await openForm(client));
      return client;
    };
    const typed = (name: () => string) => (client: RawClient) => {
      const { token = "", cookies = {} } = forms.get(client) ?? {};
      return post("/.edge/login", { token, name: name(), password: `wrong ${(serial += 1)}` }, cookies);
    };
    try {
      const apart = await difference(
        401,
        typed(() => "alice"),
        typed(() => `nobody${serial % 10}`),
        opened,
      );
      expect(apart).toBeLessThan(TOLERANCE);
    } finally {
      await own.close();
    }
  });

  it("would show a difference that is there: bcrypt's next cost takes twice as long", async () => {
    const own = await startEdgeProcess({
      upstream: upstream.port,
      flags: ["--failed-sign-ins", "1000", "--connections-per-client", "10000"],
    });
    try {
      await own.setUsersFile((await usersText({ alice: "x", carol: "x" }, 4)) + (await usersText({ bob: "x" }, 5)));
      await eventually(() => own.log.some((line) => line["users"] === 3), 5_000);
      const apart = await difference(
        401,
        () => wrong("alice"),
        () => wrong("bob"),
        () => own.connect({ localAddress: `127.0.11.${(address += 1)}` }),
        1,
      );
      expect(apart).toBeGreaterThan(2 * TOLERANCE);
    } finally {
      await own.close();
    }
  });

  it("is the same once more, when the same wrong password comes again", async () => {
    const again = by("alice", "an old password");
    const nobody = by("nobody", "an old password");
    const known = async (): Promise<RawClient> => {
      const client = await stranger();
      for (const text of [again, nobody]) await time(client, text, 401);
      return client;
    };
    expect(
      await difference(
        401,
        () => again,
        () => nobody,
        known,
      ),
    ).toBeLessThan(TOLERANCE);
  });

  it("is the same for both behind the throttle", async () => {
    const strict = await startEdgeProcess({ upstream: upstream.port, flags: ["--failed-sign-ins", "1"], users: USERS });
    const throttled = async (): Promise<RawClient> => {
      const client = await strict.connect({ localAddress: `127.0.9.${(address += 1)}` });
      await client.write(wrong("somebody")).response();
      return client;
    };
    try {
      const apart = await difference(
        429,
        () => wrong("alice"),
        () => wrong(`nobody${serial}`),
        throttled,
      );
      expect(apart).toBeLessThan(TOLERANCE);
    } finally {
      await strict.close();
    }
  });
});
