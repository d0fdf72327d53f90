import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ALICE, basic, USERS } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { usersText } from "../support/users-text.ts";
import { startEdgeProcess, UNTHROTTLED, type EdgeProcess } from "./support/edge-process.ts";
import { keepAsking } from "./support/load.ts";
import { request } from "./support/requests.ts";
import { Chat } from "./support/web-socket.ts";
import { workingUpstream, type WorkingUpstream } from "./support/working-upstream.ts";

/** Each changes the file twice, and more. */
const ROUNDS = 25;

describe("the users file under load", () => {
  let upstream: WorkingUpstream;
  let edge: EdgeProcess;
  beforeAll(async () => {
    upstream = await workingUpstream();
    edge = await startEdgeProcess({ upstream: upstream.port, flags: UNTHROTTLED });
  });
  afterAll(async () => {
    await edge?.close();
    upstream?.close();
  });

  it("is changed more than fifty times, and broken in between: who keeps his line notices nothing, who loses it is told 4001 within a second", async () => {
    const asking = keepAsking(edge, 10);
    const chats = await Promise.all(Array.from({ length: 10 }, () => Chat.open(edge, "/chat")));
    const events = await edge.connect();
    events.write(request("/events"));
    const delays: number[] = [];

    for (let round = 1; round <= ROUNDS; round++) {
      const bob = `bob's ${round}`;
      const carol = round % 2 === 0 ? { carol: "carol's" } : undefined;
      const { exchanges } = counted(edge);
      await edge.setUsers({ alice: USERS.alice, bob, ...carol });
      if (round % 5 === 0) edge.signal("SIGHUP");
      // The new password is good from the moment that the file is taken up.
      await eventuallyStatus(edge, "bob", bob, 200);
      expect(await status(edge, "bob", `bob's ${round - 1}`)).toBe(401);
      expect(await status(edge, "carol", "carol's")).toBe(carol === undefined ? 401 : 200);

      const loser = await Chat.open(edge, "/chat", basic("bob", bob));
      if (round % 7 === 0) {
        // A broken file changes nobody.
        await edge.setUsersFile("alice:$apr1$broken\nbob\n");
        if (round % 2 === 0) edge.signal("SIGHUP");
        await eventually(() => counted(edge).complaints > 0, 5_000);
        expect(await status(edge, "bob", bob)).toBe(200);
        expect(loser.client.ended).toBe(false);
      }
      const changed = performance.now();
      await edge.setUsers(round % 3 === 0 ? { alice: USERS.alice } : { alice: USERS.alice, bob: `next ${round}` });
      await eventually(
        () => loser.client.ended || loser.client.closed,
        5_000,
        () => "Somebody who lost his right goes on",
      );
      delays.push(performance.now() - changed);
      expect(loser.closeCode).toBe(4001);
      loser.client.destroy();
      for (const [number, chat] of chats.entries()) {
        chat.say(`round ${round} of ${number}`);
        expect(chat.client.ended || chat.client.closed).toBe(false);
      }
      expect(counted(edge).exchanges).toBeGreaterThanOrEqual(exchanges);
    }

    await eventually(
      () => chats.every((chat) => chat.heard.length === ROUNDS),
      10_000,
      () => "Messages are missing",
    );
    for (const [number, chat] of chats.entries()) {
      expect(chat.heard).toEqual(Array.from({ length: ROUNDS }, (_, index) => `round ${index + 1} of ${number}`));
      chat.client.destroy();
    }
    expect(events.closed || events.ended).toBe(false);
    expect(events.text).toMatch(/data: \d\d\n/);
    events.destroy();
    const { right, retryable, wrong } = await asking.stop();
    expect(wrong).toEqual([]);
    expect(retryable).toEqual([]);
    expect(right).toBeGreaterThan(500);
    // A second, as promised; one may have met a busy machine.
    expect(delays.toSorted((a, b) => a - b)[ROUNDS - 2]).toBeLessThan(1_000);
  });

  it("cuts the requests of a user who was removed, and takes nothing more from him", async () => {
    const dave = basic("dave", "dave's");
    await edge.setUsers({ alice: USERS.alice, dave: "dave's" });
    await eventuallyStatus(edge, "dave", "dave's", 200);
    const stream = await edge.connect();
    stream.write(request("/events", { authorization: dave }));
    await stream.until("data: 2\n");
    const idle = await edge.connect();
    idle.write(request("/answer?idle", { authorization: dave }));
    expect((await idle.response()).status).toBe(200);

    await edge.setUsers({ alice: USERS.alice });
    await eventually(
      () => stream.ended || stream.closed,
      2_000,
      () => "The stream of a removed user goes on",
    );
    expect(stream.text.endsWith("0\r\n\r\n")).toBe(false);
    // What his connection has proved before does not count any more.
    idle.write(request("/answer?idle", { authorization: dave }));
    expect((await idle.response()).status).toBe(401);
    for (const client of [stream, idle]) client.destroy();
  });

  it("keeps everybody when the file is gone, and when it is empty", async () => {
    const { rm } = await import("node:fs/promises");
    const chat = await Chat.open(edge, "/chat", ALICE);
    const text = await usersText({ alice: USERS.alice });
    for (const spoil of [() => rm(edge.htpasswd), () => edge.setUsersFile(""), () => edge.setUsersFile("# nobody\n")]) {
      const { complaints } = counted(edge);
      await spoil();
      edge.signal("SIGHUP");
      await eventually(
        () => counted(edge).complaints > complaints,
        5_000,
        () => "Nobody was told that the users file is gone",
      );
      expect(await status(edge, "alice", USERS.alice)).toBe(200);
      expect(await status(edge, "mallory", "")).toBe(401);
      await edge.setUsersFile(text);
      await pause(300);
    }
    chat.say("still here");
    await eventually(() => chat.heard.includes("still here"), 5_000);
    chat.client.destroy();
  });
});

/** Lines of the log: exchanges, and complaints about the users file. */
function counted(edge: EdgeProcess): { readonly exchanges: number; readonly complaints: number } {
  return {
    exchanges: edge.log.filter((line) => line["event"] === "exchange").length,
    complaints: edge.log.filter((line) => line["level"] === "error").length,
  };
}

async function status(edge: EdgeProcess, name: string, password: string): Promise<number> {
  const client = await edge.connect({ localAddress: "127.0.7.1" });
  client.write(request("/answer?status", { authorization: basic(name, password) }));
  const response = await client.response("GET", 10_000);
  client.destroy();
  return response.status;
}

async function eventuallyStatus(edge: EdgeProcess, name: string, password: string, wanted: number): Promise<void> {
  const end = performance.now() + 5_000;
  for (let found = await status(edge, name, password); found !== wanted; found = await status(edge, name, password)) {
    if (performance.now() > end) throw new Error(`${name} gets ${found}, not ${wanted}`);
    await pause(20);
  }
}
