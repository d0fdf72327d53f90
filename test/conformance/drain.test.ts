import { describe, expect, test } from "vitest";

import { ALICE, BOB, edgeWith, USERS } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { rawClient } from "../support/raw-client.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { raw, request } from "../support/requests.ts";
import { accepting, closing, openTunnel } from "../support/tunnel.ts";

/** A text frame as a server sends it. */
const frame = (text: string): Buffer => Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 0xff]), Buffer.from(text)]);

describe("close() drains", () => {
  test("it stops accepting, ends idle connections, lets exchanges finish, and tells WebSockets 1012 (RFC 6455 §7.4)", async () => {
    const { connect, upstream, edge, port, log } = await edgeWith(answering(OK), { limits: { idleUpstream: 0 } });
    const idle = await connect();
    idle.write(request("GET /"));
    await idle.response();
    upstream.script = accepting;
    const chat = await openTunnel(connect);
    upstream.script = () => {};
    const busy = await connect();
    busy.write(request("GET /slow"));
    const slow = await upstream.peer(2);
    await slow.until("/slow");

    const closed = edge.close({ grace: 5_000 });
    await idle.end(1_000);
    expect(idle.rest).toBe("");
    await chat.end(1_000);
    expect(chat.rest).toBe(closing(1012, "service restart"));
    await expect(rawClient({ port, plain: true })).rejects.toThrow("ECONNREFUSED");

    slow.write(OK);
    const last = await busy.response();
    expect([last.body, last.field("connection")]).toEqual(["ok", "close"]);
    await busy.end(1_000);
    for (const client of [idle, chat, busy]) client.socket.end();
    const before = performance.now();
    await closed;
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(log.exchanges.map(({ status, code }) => [status, code])).toEqual([
      [200, undefined],
      [101, "shutting_down"],
      [200, undefined],
    ]);
  });

  test("what has not ended after the grace is cut, and so is everything when the signal aborts", async () => {
    for (const options of [{ grace: 100 }, { grace: 60_000, signal: AbortSignal.timeout(100) }]) {
      const { connect, upstream, edge } = await edgeWith();
      const client = await connect();
      client.write(request("GET /"));
      const peer = await upstream.peer();
      await peer.head();
      const before = performance.now();
      await edge.close(options);
      expect(performance.now() - before).toBeLessThan(2_000);
      await eventually(() => (client.ended || client.closed) && (peer.ended || peer.closed), 1_000);
      expect(client.text).toBe("");
    }
  });

  test("a request that comes while it drains is answered, and its connection ends", async () => {
    const { connect, upstream, edge } = await edgeWith();
    upstream.script = answering(OK);
    const client = await connect();
    client.write("GET / HTTP/1.1\r\n");
    await pause(20);
    const closed = edge.close({ grace: 2_000 });
    await pause(20);
    client.write(request("GET /").replace("GET / HTTP/1.1\r\n", ""));
    const response = await client.response();
    expect([response.body, response.field("connection")]).toEqual(["ok", "close"]);
    await client.end();
    client.socket.end();
    await closed;
  });

  test("connections that have said nothing, or not ended their handshake, do not outlive it", async () => {
    const { edge, port } = await edgeWith();
    const silent = await rawClient({ port, plain: true });
    const halfway = await rawClient({ port, plain: true });
    halfway.socket.write(Buffer.from([0x16, 0x03, 0x01]));
    await pause(20);
    await edge.close({ grace: 100 });
    await eventually(
      () => (silent.ended || silent.closed) && (halfway.ended || halfway.closed),
      1_000,
      () => `silent ${silent.ended}, halfway ${halfway.ended}`,
    );
  });

  test("idle upstream connections end with it", async () => {
    const { connect, upstream, edge } = await edgeWith(answering(OK));
    const client = await connect();
    client.write(request("GET /"));
    await client.response();
    client.destroy();
    await edge.close({ grace: 500 });
    const peer = await upstream.peer();
    await eventually(() => peer.ended || peer.closed, 1_000);
  });
});

describe("a users file that changes", () => {
  test("cuts the tunnel of whoever lost the right with 4001, within a second, and nobody else's", async () => {
    const { connect, upstream, setUsers } = await edgeWith(accepting);
    const alice = await openTunnel(connect);
    const bob = await openTunnel(connect, BOB);
    const before = performance.now();
    await setUsers({ alice: USERS.alice });
    await bob.end(2_000);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(bob.rest).toBe(closing(4001, "signed out"));
    const [alices, bobs] = [await upstream.peer(0), await upstream.peer(1)];
    await eventually(() => bobs.ended || bobs.closed);
    alices.write(frame("still here"));
    await alice.until("still here");
    // And bob does not come back in.
    const again = await connect();
    again.write(request("GET /").replace(ALICE, BOB));
    expect((await again.response()).status).toBe(401);
  });

  test("attack: keeping a frame unfinished while the edge stops does not outlast the right to be here", async () => {
    const { connect, upstream, setUsers, edge } = await edgeWith(accepting);
    const bob = await openTunnel(connect, BOB);
    const peer = await upstream.peer();
    peer.write(frame("x".repeat(1_000)).subarray(0, 20));
    await bob.until("x");
    const closed = edge.close({ grace: 60_000 });
    await setUsers({ alice: USERS.alice });
    const before = performance.now();
    await eventually(() => (bob.ended || bob.closed) && (peer.ended || peer.closed), 5_000);
    expect(performance.now() - before).toBeLessThan(2_000);
    await closed;
  });

  test("in the middle of a frame, the frame is finished first: 4001 stands at a frame boundary", async () => {
    const { connect, upstream, setUsers, log } = await edgeWith(accepting);
    const bob = await openTunnel(connect, BOB);
    const peer = await upstream.peer();
    const whole = frame("x".repeat(1_000));
    peer.write(frame("first"));
    peer.write(whole.subarray(0, 500));
    await bob.take(frame("first").length + 500);
    await setUsers({ alice: USERS.alice });
    await eventually(() => log.said("info").includes("The users file was read again."), 2_000);
    await pause(20);
    expect(bob.rest).toBe("");
    peer.write(Buffer.concat([whole.subarray(500), frame("never seen")]));
    await bob.end(1_000);
    expect(bob.rest).toBe(whole.toString("latin1", 500) + closing(4001, "signed out"));
  });

  test.each([200, 700])("and a frame that does not end is cut without a close frame, within a second (%i ms later)", async (delay) => {
    const { connect, upstream, setUsers } = await edgeWith(accepting);
    const bob = await openTunnel(connect, BOB);
    const peer = await upstream.peer();
    const whole = frame("x".repeat(1_000));
    peer.write(whole.subarray(0, 500));
    await bob.take(500);
    // Whatever the moment: just before a look at all connections, and just after one.
    await pause(delay);
    const before = performance.now();
    await setUsers({ alice: USERS.alice });
    await eventually(() => bob.ended || bob.closed, 3_000);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(bob.rest).toBe("");
    await eventually(() => peer.ended || peer.closed, 1_000);
  });

  test("a changed password ends what stands on the old one; a request in the middle of its answer too, without a clean end", async () => {
    const { connect, upstream, setUsers } = await edgeWith();
    const client = await connect({ tapped: true });
    client.write(request("GET /events"));
    const peer = await upstream.peer();
    await peer.head();
    peer.write(raw("HTTP/1.1 200 OK", ["Transfer-Encoding: chunked"], "2\r\nok\r\n"));
    await client.until("ok");
    await setUsers({ ...USERS, alice: "another horse" });
    await client.end(2_000);
    expect({ closeNotify: client.closeNotify, rest: client.text.endsWith("2\r\nok\r\n") }).toEqual({ closeNotify: false, rest: true });
    await eventually(() => peer.ended || peer.closed, 1_000);
    const again = await connect();
    again.write(request("GET /"));
    expect((await again.response()).status).toBe(401);
  });

  test("the connection that is remembered as signed in is asked again", async () => {
    const { connect, setUsers, log } = await edgeWith(answering(OK));
    const client = await connect();
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(200);
    await setUsers({ bob: USERS.bob });
    await eventually(() => log.said("info").includes("The users file was read again."), 2_000);
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(401);
  });

  test("reload() takes a new file up at once and cuts nobody that keeps the right", async () => {
    const { connect, upstream, setUsers, edge } = await edgeWith(accepting);
    const alice = await openTunnel(connect);
    await setUsers({ ...USERS, carol: "third password" });
    expect(await edge.reload()).toEqual([]);
    (await upstream.peer()).write(frame("still here"));
    await alice.until("still here");
  });
});
