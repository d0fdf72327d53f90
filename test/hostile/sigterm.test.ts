import { createHash, randomBytes } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { ALICE } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import type { RawClient } from "../support/raw-client.ts";
import { startEdgeProcess, type EdgeProcess } from "./support/edge-process.ts";
import { keepAsking } from "./support/load.ts";
import { request, webSocketRequest } from "./support/requests.ts";
import { Chat } from "./support/web-socket.ts";
import { workingUpstream, type WorkingUpstream } from "./support/working-upstream.ts";

/** Milliseconds that a process may take beyond its drain time: it writes its log and ends its threads. */
const MARGIN = 3_000;

describe("SIGTERM under load", () => {
  let upstream: WorkingUpstream;
  beforeAll(async () => {
    upstream = await workingUpstream();
  });
  afterAll(() => upstream?.close());

  const start = async (drain: string): Promise<EdgeProcess> => {
    const edge = await startEdgeProcess({ upstream: upstream.port, flags: ["--drain-timeout", drain] });
    onTestFinished(() => edge.close());
    return edge;
  };

  it("answers nothing wrongly, lets uploads finish, tells WebSockets 1012, and exits 0 before the drain time is over", async () => {
    const edge = await start("30s");
    const load = keepAsking(edge, 20);
    const chats = await Promise.all(Array.from({ length: 20 }, () => Chat.open(edge, "/chat")));
    for (const [number, chat] of chats.entries()) chat.say(`hello ${number}`);
    const uploads = await Promise.all(Array.from({ length: 8 }, () => beginUpload(edge)));
    const idle = await Promise.all(Array.from({ length: 20 }, () => edge.connect()));
    for (const client of idle) {
      client.write(request("/answer?idle"));
      await client.response();
    }
    await pause(500);

    const signalled = performance.now();
    edge.signal("SIGTERM");
    await eventually(
      () => chats.every(({ client }) => client.ended || client.closed),
      10_000,
      () => "WebSockets stay open",
    );
    for (const [number, chat] of chats.entries()) {
      expect(chat.heard).toEqual([`hello ${number}`]);
      expect(chat.closeCode).toBe(1012);
      expect(chat.rest).toBe(0);
      chat.client.destroy();
    }
    for (const client of idle) await client.end(5_000);
    // Nobody new is taken.
    await eventually(() => edge.sockets().clients <= uploads.length + 20, 5_000);
    await expect(edge.connect()).rejects.toThrow(/ECONNREFUSED|ECONNRESET|closed/);
    for (const upload of uploads) {
      const { status, body, field } = await upload.finish();
      expect({ status, body }).toEqual({ status: 200, body: upload.digest });
      expect(field("connection")).toBe("close");
    }
    for (const client of idle) client.destroy();
    const { right, retryable, wrong } = await load.stop();
    expect(wrong).toEqual([]);
    // What was not answered was not begun either: to send it again does it once.
    expect(retryable.filter((id) => upstream.taken.has(id))).toEqual([]);
    expect(right).toBeGreaterThan(100);
    expect(await edge.exit).toEqual([0, null]);
    expect(performance.now() - signalled).toBeLessThan(15_000);
  });

  it("cuts event streams when the drain time is over, so that they do not look complete, and exits 0", async () => {
    const edge = await start("2s");
    const streams = await Promise.all(Array.from({ length: 10 }, () => edge.connect()));
    for (const client of streams) client.write(request("/events"));
    for (const client of streams) await client.until("data: 3\n");
    const signalled = performance.now();
    edge.signal("SIGTERM");
    expect(await edge.exit).toEqual([0, null]);
    const took = performance.now() - signalled;
    expect(took).toBeGreaterThan(1_500);
    expect(took).toBeLessThan(2_000 + MARGIN);
    for (const client of streams) {
      await eventually(() => client.ended || client.closed);
      // Events went on while there was time, and the last chunk never came.
      expect(client.text.split("data: ").length).toBeGreaterThan(20);
      expect(client.text.endsWith("0\r\n\r\n")).toBe(false);
      client.destroy();
    }
  });

  it("exits in time under clients that read nothing, of an answer, of an endless frame, and of event streams", async () => {
    const edge = await start("2s");
    const before = edge.rss();
    const clients = await Promise.all(Array.from({ length: 30 }, () => edge.connect()));
    for (const [number, client] of clients.entries()) {
      client.socket.removeAllListeners("data").pause();
      client.write(
        number % 3 === 0 ? webSocketRequest("/frame") : number % 3 === 1 ? request("/events") : request("/answer?deaf").repeat(500),
      );
    }
    await pause(1_000);
    const signalled = performance.now();
    edge.signal("SIGTERM");
    let peak = 0;
    const timer = setInterval(() => edge.alive && (peak = Math.max(peak, edge.rss())), 20);
    expect(await edge.exit).toEqual([0, null]);
    clearInterval(timer);
    expect(performance.now() - signalled).toBeLessThan(2_000 + MARGIN);
    // A frame that has no end must not be gathered while its end is waited for.
    expect((peak - before) / 1_048_576).toBeLessThan(160);
    for (const client of clients) client.destroy();
  });

  it("lets a frame end before the close frame, however it is cut", async () => {
    const edge = await start("10s");
    const chats = await Promise.all(Array.from({ length: 10 }, () => Chat.open(edge, "/chat")));
    let stopped = false;
    const talking = chats.map(async (chat) => {
      for (let count = 0; !stopped; count++) {
        if (!chat.client.ended && !chat.client.closed && chat.client.socket.writable) chat.say(`message ${count} ${"m".repeat(80)}`);
        await pause(1);
      }
    });
    await pause(500);
    const signalled = performance.now();
    edge.signal("SIGTERM");
    expect(await edge.exit).toEqual([0, null]);
    expect(performance.now() - signalled).toBeLessThan(8_000);
    stopped = true;
    await Promise.all(talking);
    for (const chat of chats) {
      await eventually(() => chat.client.ended || chat.client.closed);
      expect(chat.closeCode).toBe(1012);
      expect(chat.rest).toBe(0);
      expect(chat.heard.every((text, count) => text.startsWith(`message ${count} `))).toBe(true);
      chat.client.destroy();
    }
  });

  it("stops at once at the second signal", async () => {
    const edge = await start("60s");
    const streams = await Promise.all(Array.from({ length: 10 }, () => edge.connect()));
    for (const client of streams) client.write(request("/events"));
    for (const client of streams) await client.until("data: 1\n");
    edge.signal("SIGTERM");
    await pause(300);
    expect(edge.alive).toBe(true);
    const signalled = performance.now();
    edge.signal("SIGTERM");
    // 128 and the signal's number, as shells write it.
    expect(await edge.exit).toEqual([143, null]);
    expect(performance.now() - signalled).toBeLessThan(MARGIN);
    for (const client of streams) client.destroy();
  });
});

interface Upload {
  readonly digest: string;
  finish(): ReturnType<RawClient["response"]>;
}

/** An upload of which half has been sent. */
async function beginUpload(edge: EdgeProcess): Promise<Upload> {
  const body = randomBytes(1_000_000);
  const client = await edge.connect();
  client.write(request("/upload", { method: "POST", authorization: ALICE, fields: [`Content-Length: ${body.length}`] }));
  client.write(body.subarray(0, 500_000));
  return {
    digest: createHash("sha256").update(body).digest("hex"),
    async finish() {
      client.write(body.subarray(500_000));
      const response = await client.response("POST", 10_000);
      client.destroy();
      return response;
    },
  };
}
