import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";

import { createThrottle } from "../../../src/auth/throttle/throttle.ts";
import type { Guesser, Throttle } from "../../../src/auth/throttle/throttle.ts";
import type { Log } from "../../../src/log/log.ts";
import { recordingLog } from "../../support/recording-log.ts";

const SECRET = randomBytes(32);
const FREE = 5;

interface Timed {
  readonly throttle: Throttle;
  pass(seconds: number): void;
  /** Guesses until told to wait; how often that was possible. */
  guess(guesser: Guesser, most?: number): number;
}

function timed(log?: Log): Timed {
  let now = 0;
  const throttle = createThrottle({ free: FREE, secret: SECRET, log, now: () => now });
  return {
    throttle,
    pass: (seconds) => (now += seconds * 1_000),
    guess(guesser, most = 1_000) {
      for (let guesses = 0; guesses < most; guesses += 1) {
        if (throttle.wait(guesser) > 0) return guesses;
        throttle.failed(guesser);
      }
      return most;
    },
  };
}

const stranger = (prefix: string | undefined, name: string | undefined): Guesser => ({ kind: "stranger", prefix, name });
const device = (id: string): Guesser => ({ kind: "device", device: id });

describe("somebody who guesses", () => {
  it("at many names from one address waits after five", () => {
    const { throttle, guess } = timed();
    for (let name = 0; name < FREE; name += 1) expect(guess(stranger("192.0.2.1", `name${name}`), 1)).toBe(1);
    expect(throttle.wait(stranger("192.0.2.1", "alice"))).toBe(30);
    expect(throttle.wait(stranger("192.0.2.2", "alice"))).toBe(0);
  });

  it("at one name from a thousand addresses waits after ten, whether or not that name exists: the throttle knows no users", () => {
    for (const name of ["alice", "nobody"]) {
      const { throttle, guess } = timed();
      let guesses = 0;
      for (let address = 0; address < 1_000; address += 1) guesses += guess(stranger(`198.51.100.${address}`, name));
      expect(guesses).toBe(2 * FREE);
      expect(throttle.wait(stranger("192.0.2.1", name))).toBe(30);
      expect(throttle.wait(stranger("192.0.2.1", "bob"))).toBe(0);
    }
  });

  it("from the 65,536 networks of one IPv6 /48 waits after forty", () => {
    const { guess } = timed();
    let guesses = 0;
    for (let network = 0; network < 65_536; network += 1)
      guesses += guess(stranger(`2001:db8:1:${network.toString(16)}::/64`, `name${network}`), 1);
    expect(guesses).toBe(8 * FREE);
    expect(guess(stranger("2001:db8:2:0::/64", "alice"), 1)).toBe(1);
  });

  it("behind an address that everybody shares makes nobody else wait but for the same name", () => {
    const { throttle, guess } = timed();
    for (let name = 0; name < 100; name += 1) guess(stranger(undefined, `name${name}`));
    expect(throttle.wait(stranger(undefined, "alice"))).toBe(0);
    expect(throttle.wait(stranger(undefined, "name0"))).toBe(30);
  });

  it("is told the wait that is left, in whole seconds", () => {
    const { throttle, guess, pass } = timed();
    guess(stranger("192.0.2.1", "alice"));
    pass(29.5);
    expect(throttle.wait(stranger("192.0.2.1", "alice"))).toBe(1);
    pass(0.5);
    expect(throttle.wait(stranger("192.0.2.1", "alice"))).toBe(0);
  });
});

describe("a known device", () => {
  it("keeps its own five while a botnet has its owner's name and address throttled", () => {
    const { throttle, guess } = timed();
    guess(stranger("192.0.2.1", "alice"));
    for (let address = 0; address < 100; address += 1) guess(stranger(`198.51.100.${address}`, "alice"));
    expect(throttle.wait(device("phone"))).toBe(0);
    expect(guess(device("phone"))).toBe(FREE);
    expect(throttle.wait(device("phone"))).toBe(30);
    expect(throttle.wait(device("laptop"))).toBe(0);
  });

  it("counts for itself alone: a stolen cookie makes nobody else wait", () => {
    const { throttle, guess } = timed();
    guess(device("stolen"));
    expect(throttle.wait(stranger("192.0.2.1", "alice"))).toBe(0);
  });
});

describe("the throttle", () => {
  it("holds under a hundred thousand addresses no more than its bound, and forgets nobody who failed often", () => {
    const { throttle, guess } = timed();
    guess(stranger("203.0.113.1", "alice"));
    for (let address = 0; address < 100_000; address += 1) {
      const [high, low] = [address >>> 16, address & 65_535];
      const prefix = address % 2 === 0 ? `10.${high}.${low >>> 8}.${low & 255}` : `20${high.toString(16)}:${low.toString(16)}:1:1::/64`;
      guess(stranger(prefix, `n${address}`), 1);
    }
    expect(throttle.size).toBeLessThanOrEqual(16_384 + 4_096 + 8_192 + 2_048);
    expect(guess(stranger(undefined, "alice"))).toBe(FREE); // the other five of the ten that a name has
    expect(throttle.wait(stranger("203.0.113.1", "bob"))).toBe(30);
  });

  it("keeps no name and no address in what it writes down", () => {
    const { throttle, guess } = timed();
    guess(stranger("192.0.2.1", "hunter2"));
    guess(device("phone"));
    const written = JSON.stringify(throttle.lines(100));
    for (const secret of ["hunter2", "192.0.2.1", "phone"]) expect(written).not.toContain(secret);
    expect(JSON.parse(written)).toMatchObject({
      name: [{ failures: 5 }],
      prefix: [{ failures: 5 }],
      device: [{ failures: 5 }],
      network: [],
    });
  });

  it("says once a minute that somebody waits, and how many lines it did not write", () => {
    const log = recordingLog();
    const { guess, pass } = timed(log);
    for (let address = 0; address < 50; address += 1) guess(stranger(`192.0.2.${address}`, `name${address}`));
    expect(log.entries).toHaveLength(1);
    expect(log.entries[0]).toMatchObject({ level: "warn", details: { client: "192.0.2.0", seconds: 30 } });
    pass(60);
    guess(stranger("192.0.2.200", "alice"));
    expect(log.entries[1]?.details).toEqual({ client: "192.0.2.200", seconds: 30, unsaid: 49 });
  });
});
