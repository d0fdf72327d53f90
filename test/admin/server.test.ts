import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { askEdge } from "../../src/admin/client.ts";
import { AdminServer } from "../../src/admin/server.ts";
import type { Verb } from "../../src/admin/verb.ts";
import { mistake } from "../../src/config/read.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { adminOn, say } from "./support.ts";

const DOUBLE: Verb<{ readonly number: number }, { readonly twice: number }> = {
  name: "double",
  read: ({ number }) => (typeof number === "number" ? { value: { number } } : mistake("The number is missing.", "Write one.")),
};

async function doubling(log = recordingLog()) {
  const state = await scratchDirectory();
  const admin = await adminOn(state, log);
  admin.serve(DOUBLE, ({ number }) => {
    if (number === 13) throw new ConfigurationError([{ where: "13", what: "It brings bad luck.", mend: "Take 14." }]);
    if (number === 666) throw new TypeError("inside");
    return { twice: number * 2 };
  });
  return { state, socket: join(state, "run", "admin.sock"), admin, log };
}

describe("the admin API", () => {
  it("answers a verb, typed on both ends", async () => {
    const { state } = await doubling();
    expect(await askEdge(state, DOUBLE, { number: 21 })).toEqual({ kind: "answered", answer: { twice: 42 } });
  });

  it("says no with the problems: a request that can't be read, and what the handler refuses", async () => {
    const { state, socket } = await doubling();
    expect(await askEdge(state, DOUBLE, { number: 13 })).toEqual({
      kind: "refused",
      problems: [{ where: "13", what: "It brings bad luck.", mend: "Take 14." }],
    });
    expect(JSON.parse(await say(socket, '{"verb":"double","request":{"number":"x"}}\n'))).toEqual({
      problems: [{ where: "double", what: "The number is missing.", mend: "Write one." }],
    });
  });

  it("keeps a failure inside, in the log, and says only that there was one", async () => {
    const { state, log } = await doubling();
    const asked = await askEdge(state, DOUBLE, { number: 666 });
    expect(asked).toMatchObject({ kind: "refused", problems: [{ what: "The edge failed at it." }] });
    expect(log.said("error")).toBe("An admin request failed inside the edge.");
  });

  it("tells a command of another version what it does not know", async () => {
    const { socket } = await doubling();
    expect(await say(socket, '{"verb":"fly\\u001b[2J"}\n')).toContain('This edge does not know \\"fly?[2J\\".');
  });

  it("answers a peer that ends its side after the line, as printf | nc does", async () => {
    const { socket } = await doubling();
    expect(await say(socket, '{"verb":"double","request":{"number":1}}\n', { half: true })).toBe('{"answer":{"twice":2}}\n');
  });
});

describe("a peer that is broken or hostile", () => {
  it.each([
    ["garbage", Buffer.from([0xff, 0xfe, 0x00, 0x0a])],
    ["an empty line", "\n"],
    ["JSON that is no request", "[1,2,3]\n"],
    ["a verb that is no text", '{"verb":{}}\n'],
    ["a name that every object has", '{"verb":"constructor"}\n'],
    ["HTTP", "GET / HTTP/1.1\r\n\r\n"],
    ["a request that is no object", '{"verb":"double","request":[1]}\n'],
  ])("gets a refusal and its connection ended: %s", async (_, bytes) => {
    const { socket } = await doubling();
    expect(Object.keys(JSON.parse(await say(socket, bytes)) as object)).toEqual(["problems"]);
  });

  it("can't send more than a line's bound", async () => {
    const { socket } = await doubling();
    expect(await say(socket, `{"verb":"${"x".repeat(70_000)}"}\n`)).toContain("longer than 65536 octets");
    expect(await say(socket, "y".repeat(1_000_000))).toContain("longer than 65536 octets");
  });

  it("is cut when it says nothing, or half a line, or does not take its answer", async () => {
    const server = new AdminServer(recordingLog(), 50);
    server.serve({ name: "much", read: () => ({ value: {} }) }, () => "x".repeat(4_000_000));
    const path = join(await scratchDirectory(), "a.sock");
    const listening = net.createServer({ allowHalfOpen: true }, (socket) => server.connected(socket));
    const open = new Set<net.Socket>();
    listening.on("connection", (socket) => open.add(socket.once("close", () => open.delete(socket))));
    listening.listen(path);
    onTestFinished(() => void listening.close());
    await once(listening, "listening");
    expect(await say(path, "")).toContain("No request came in time.");
    expect(await say(path, '{"verb":')).toContain("No request came in time.");
    const deaf = net.createConnection({ path }).on("error", () => {});
    onTestFinished(() => void deaf.destroy());
    deaf.write('{"verb":"much"}\n');
    await eventually(() => open.size === 1);
    await eventually(() => open.size === 0);
  });

  it("can't hold the API by connecting more often than there are places: the others are closed, and places come back", async () => {
    const { state, socket } = await doubling();
    const peers = Array.from({ length: 40 }, () => net.createConnection({ path: socket }).on("error", () => {}));
    onTestFinished(() => peers.forEach((peer) => peer.destroy()));
    await eventually(
      () => peers.filter((peer) => peer.closed || peer.readableEnded).length === 0,
      5_000,
      () => "peers connect",
    ).catch(() => {});
    await eventually(
      () => peers.filter((peer) => peer.closed).length === 24,
      5_000,
      () => `${peers.filter((peer) => peer.closed).length} closed`,
    );
    for (const peer of peers) peer.destroy();
    await eventually(() => peers.every((peer) => peer.closed));
    let asked = await askEdge(state, DOUBLE, { number: 1 });
    for (let n = 0; n < 50 && asked.kind !== "answered"; n++) asked = await askEdge(state, DOUBLE, { number: 1 });
    expect(asked.kind).toBe("answered");
  });

  it("tells its handler when it leaves", async () => {
    const { admin, socket } = await doubling();
    const left = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    admin.serve({ name: "wait", read: () => ({ value: {} }) }, async (_, signal) => {
      signal.addEventListener("abort", () => left.resolve());
      began.resolve();
      await left.promise;
    });
    const peer = net.createConnection({ path: socket });
    peer.write('{"verb":"wait"}\n');
    await began.promise;
    peer.destroy();
    await left.promise;
  });
});
