import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import tls, { type TLSSocket } from "node:tls";

import { describe, expect, it, onTestFinished } from "vitest";

import { readOctets } from "../../src/listener/read-octets.ts";
import { makeCertificate } from "../support/certificates.ts";

/** A TLS server, and how a client comes to it: both ends of the connection. */
async function door(): Promise<() => Promise<{ readonly client: TLSSocket; readonly socket: TLSSocket }>> {
  const { certificate, key } = await makeCertificate({ names: ["localhost"] });
  const server = tls.createServer({ cert: certificate, key });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return async () => {
    const client = tls.connect({
      port: (server.address() as AddressInfo).port,
      host: "127.0.0.1",
      ca: certificate,
      servername: "localhost",
    });
    const [[socket]] = (await Promise.all([once(server, "secureConnection"), once(client, "secureConnect")])) as [[TLSSocket], unknown];
    for (const end of [client, socket]) {
      end.on("error", () => {});
      onTestFinished(() => void end.destroy());
    }
    return { client, socket };
  };
}

const digest = (octets: Uint8Array): string => createHash("sha256").update(octets).digest("hex");

describe("what a client sends", () => {
  it("is read into memory of the edge's, without `data` events, on the runtimes that it is tested with", async () => {
    const { client, socket } = await (await door())();
    const received: Buffer[] = [];
    readOctets(socket, (octets) => received.push(octets));
    client.write("GET / HTTP/1.1\r\n\r\n");
    await expect.poll(() => Buffer.concat(received).toString()).toBe("GET / HTTP/1.1\r\n\r\n");
    expect(socket.listenerCount("data")).toBe(0);
  });

  it("belongs to whoever was given it: what another client sends afterwards changes none of it", async () => {
    const open = await door();
    const kept: { readonly octets: Buffer; readonly letter: string }[] = [];
    const clients = [];
    for (const letter of ["a", "b", "c"]) clients.push({ letter, ...(await open()) });
    for (const { socket, letter } of clients) readOctets(socket, (octets) => kept.push({ octets, letter }));
    for (let turn = 0; turn < 50; turn++) {
      for (const { client, letter } of clients) client.write(letter.repeat(1 + ((turn * 397) % 9_000)));
      await sleep(1);
    }
    const sent = Array.from({ length: 50 }, (_, turn) => 1 + ((turn * 397) % 9_000)).reduce((sum, length) => sum + length, 0);
    await expect.poll(() => kept.reduce((sum, { octets }) => sum + octets.length, 0)).toBe(3 * sent);
    for (const { octets, letter } of kept) expect(octets.equals(Buffer.alloc(octets.length, letter))).toBe(true);
  });

  it("comes whole and in order while reading stops and goes on, and then its end", async () => {
    const { client, socket } = await (await door())();
    const all = randomBytes(8_000_000);
    const received: Buffer[] = [];
    readOctets(socket, (octets) => {
      received.push(octets);
      if (received.length % 7 !== 0) return;
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    });
    let ended = false;
    socket.on("end", () => (ended = true));
    for (let start = 0; start < all.length; start += 97_001) client.write(all.subarray(start, start + 97_001));
    client.end();
    await expect.poll(() => ended, { timeout: 10_000 }).toBe(true);
    expect(digest(Buffer.concat(received))).toBe(digest(all));
  });

  it("stays with the client while it is not read: at most what one read brought comes after a pause", async () => {
    const { client, socket } = await (await door())();
    let received = 0;
    readOctets(socket, (octets) => {
      received += octets.length;
      socket.pause();
    });
    client.write(Buffer.alloc(20_000_000));
    await expect.poll(() => received).toBeGreaterThan(0);
    await sleep(200);
    expect(received).toBeLessThanOrEqual(2 * 65_536);
    expect(socket.readableLength).toBe(0);
  });

  it("that came before anybody asked comes first", async () => {
    const { client, socket } = await (await door())();
    client.write("first, ");
    await expect.poll(() => socket.readableLength).toBeGreaterThan(0);
    const received: Buffer[] = [];
    readOctets(socket, (octets) => received.push(octets));
    client.write("second");
    await expect.poll(() => Buffer.concat(received).toString()).toBe("first, second");
  });

  it("without TLS is read, too", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const client = tls.connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" }).on("error", () => {});
    onTestFinished(() => void client.destroy());
    const [socket] = (await once(server, "connection")) as [Socket];
    const received: Buffer[] = [];
    readOctets(socket, (octets) => received.push(octets));
    await expect.poll(() => Buffer.concat(received)[0]).toBe(0x16);
    socket.destroy();
  });
});
