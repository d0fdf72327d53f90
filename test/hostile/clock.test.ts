/** Somebody sets the clock under a running edge, by decades. */
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { ALICE } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { startEdgeProcess } from "./support/edge-process.ts";
import { honestClient } from "./support/honest.ts";
import { request } from "./support/requests.ts";
import { Chat } from "./support/web-socket.ts";
import { answerTo, workingUpstream, type WorkingUpstream } from "./support/working-upstream.ts";

const YEAR = 31_536_000_000;
/** Milliseconds of the CPU in one second in which nobody asks anything. A timer that runs wild takes all of them. */
const IDLE = 500;

let upstream: WorkingUpstream;
beforeAll(async () => {
  upstream = await workingUpstream();
});
afterAll(() => upstream?.close());

it("serves everybody all the while, with WebSockets that stay open, lets no timer run wild, and says what happened", async () => {
  const edge = await startEdgeProcess({ upstream: upstream.port });
  onTestFinished(() => edge.close());
  const chat = await Chat.open(edge, "/chat");
  const honest = await honestClient({ port: edge.port, ca: edge.ca, authorization: ALICE, localAddress: "127.0.0.9" });
  for (const years of [10, -30, 60, -5, 200]) {
    edge.setClock(years * YEAR);
    const client = await edge.connect();
    client.write(request(`/answer?${years}`));
    const { status, body } = await client.response("GET", 20_000);
    expect([status, body]).toEqual([200, answerTo(String(years), "alice")]);
    client.destroy();
    await pause(300);
  }
  const { failures } = await honest.stop();
  expect(failures).toEqual([]);

  const told = () =>
    edge.log.filter(({ event }) => event !== "exchange").map(({ level, message }) => `${String(level)}: ${String(message)}`);
  for (const [years, ...expected] of [
    // Further on than all of those above.
    [300, "info: The clock is further on than time has passed", "error: --cert"],
    [-20, "warn: The clock was set back.", "error: --cert"],
    [0, "info: The clock is further on than time has passed"],
  ] as const) {
    edge.log.length = 0;
    edge.setClock(years * YEAR);
    const before = edge.cpu();
    await pause(1_000);
    expect(edge.cpu() - before, `milliseconds of CPU, ${years} years off`).toBeLessThan(IDLE);
    for (const words of expected)
      await eventually(
        () => told().some((line) => line.startsWith(words)),
        30_000,
        () => told().join("\n"),
      );
    // Once, and not with every look; what is in use is not taken away by a clock.
    expect(told()).toHaveLength(expected.length);
    expect(told().filter((line) => line.startsWith("error") && !line.endsWith("The certificate in use stays."))).toEqual([]);
  }
  expect(edge.alive).toBe(true);
  expect(chat.client.ended || chat.client.closed).toBe(false);
});
