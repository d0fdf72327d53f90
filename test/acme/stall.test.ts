import { describe, expect, it } from "vitest";

import { acmeSettings } from "../support/acme-edge.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, until } from "./support/edge-process.ts";
import { sendVisitors } from "./support/visitors.ts";

const ROUNDS = 4;

/** Of a few rounds the best: a stall of our own making is in every one of them, whatever else the machine does is not. */
const least = (values: readonly number[]): number => Math.min(...values);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.skipIf(!hasPebble)("one issuance", () => {
  it("adds no stall of over 20 ms to the event loop under traffic, beside what the machine itself does to it", async () => {
    const pebble = await startPebble();
    const settings = await acmeSettings(pebble);
    const config = await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings });
    const edge = await startEdgeProcess(config);
    const { https } = await edge.ready;
    await until(edge, { "ai.example.com": "valid" });
    const visits = sendVisitors({
      host: pebble.host,
      port: https,
      servername: "ai.example.com",
      ca: await pebble.issuerRoot(),
      visitors: 2,
      pause: 10,
    });
    await pause(1_000);
    const quiet: number[] = [];
    const busy: number[] = [];
    // In turns, so that whatever else the machine does falls on both alike.
    for (let round = 0; round < ROUNDS - 1; round++) {
      await edge.ask("stall");
      const began = performance.now();
      expect(await edge.ask({ renew: "ai.example.com" })).toMatchObject({ kind: "renewed" });
      await pause(200);
      const length = performance.now() - began;
      busy.push((await edge.ask("stall")).max);
      await pause(length);
      quiet.push((await edge.ask("stall")).max);
    }
    const { bad, good } = await visits.stop();
    expect(bad).toEqual([]);
    expect(good).toBeGreaterThan(100);
    expect(least(busy) - median(quiet)).toBeLessThan(20);
  });
});
