import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";

import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";

import { readClientHello } from "../../src/listener/client-hello.ts";

/** The first octets that a real client sends. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, ...options }).on("error", () => {});
  const [socket] = (await once(server, "connection")) as [Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  return bytes;
}

describe("the ClientHello of a real client", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("%s is read: name in lower case, protocols in their order", async (version) => {
    const bytes = await helloOf({
      servername: "AI.Example.com",
      ALPNProtocols: ["acme-tls/1", "http/1.1"],
      minVersion: version,
      maxVersion: version,
    });
    expect(readClientHello(bytes)).toEqual({ kind: "hello", serverName: "ai.example.com", protocols: ["acme-tls/1", "http/1.1"] });
  });

  it("without name and protocols is read as such", async () => {
    expect(readClientHello(await helloOf({}))).toEqual({ kind: "hello", serverName: undefined, protocols: [] });
  });

  it("is incomplete until its last octet has come, wherever it is cut", async () => {
    const bytes = await helloOf({ servername: "ai.example.com", ALPNProtocols: ["acme-tls/1"] });
    for (let size = 0; size < bytes.length; size++) expect(readClientHello(bytes.subarray(0, size)).kind).toBe("incomplete");
    expect(readClientHello(Buffer.concat([bytes, Buffer.from("more")])).kind).toBe("hello");
  });

  it("with any octet altered is still read, or left to TLS, and never waited for beyond its record", async () => {
    const bytes = await helloOf({ servername: "ai.example.com", ALPNProtocols: ["acme-tls/1"] });
    fc.assert(
      fc.property(fc.integer({ min: 5, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, octet) => {
        const altered = Buffer.from(bytes);
        altered[at] = octet;
        expect(["hello", "other"]).toContain(readClientHello(altered).kind);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("anything else", () => {
  it.each([
    ["plain HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["an alert", Buffer.from([21, 3, 3, 0, 2, 2, 40])],
    ["an empty record", Buffer.from([22, 3, 1, 0, 0])],
    ["a record that is longer than any", Buffer.from([22, 3, 1, 0x40, 1])],
    ["another handshake message", Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ["a message that goes on in the next record", Buffer.from([22, 3, 1, 0, 5, 1, 0, 1, 0, 3])],
  ])("%s is left to whoever comes next", (_, bytes) => {
    expect(readClientHello(bytes).kind).toBe("other");
  });

  it("never throws, whatever the octets are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => void readClientHello(Buffer.from(octets))),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        const record = Buffer.from([22, 3, 1, 0, 0, ...octets]);
        record.writeUInt16BE(octets.length, 3);
        readClientHello(record);
      }),
      { numRuns: 2_000 },
    );
  });
});
