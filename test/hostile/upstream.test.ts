import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { eventually } from "../support/eventually.ts";
import type { RawResponse } from "../support/raw-client.ts";
import { startEdgeProcess, SHORT, type EdgeProcess } from "./support/edge-process.ts";
import { repeat, request, webSocketRequest } from "./support/requests.ts";
import { acceptWebSocket, pour, routedUpstream, type RoutedUpstream, type Route } from "./support/upstream.ts";
import { answersHonestly, IDLE_UPSTREAM, warmUp, withstand } from "./support/withstand.ts";

const MEBIBYTE = 1_048_576;
const FLAGS = [...SHORT, "--idle-upstream", String(IDLE_UPSTREAM), "--connections-per-client", "10000"];

/** Upstreams that are wrong before the answer begins: the client must get a 502, on a connection that is good for the next request. */
const NO_ANSWER: Readonly<Record<string, Route>> = {
  "/closes": (socket) => socket.end(),
  "/resets": (socket) => socket.resetAndDestroy(),
  "/garbage": (socket) => socket.write("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n"),
  "/half-head": (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Le"),
  "/bare-lf": (socket) => socket.write("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
  "/two-lengths": (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
  "/chunked-length": (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  "/many-fields": (socket) => socket.write(`HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(200)}Content-Length: 0\r\n\r\n`),
  "/endless-head": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nX-Endless: ");
    pour(socket, Buffer.alloc(16_384, "h"));
  },
  "/unwanted-upgrade": (socket, head) => acceptWebSocket(socket, `${head}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`),
};

/** Upstreams that are wrong in the middle of an answer: the client must see that it is not complete. */
const HALF_ANSWER: Readonly<Record<string, Route>> = {
  "/short": (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
  "/short-reset": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
  "/chunk-cut": (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"),
  "/last-chunk-missing": (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
  "/bad-chunk": (socket) => socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n"),
  "/endless-extension": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n1;");
    pour(socket, Buffer.alloc(16_384, "e"));
  },
  "/endless-trailers": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n");
    pour(socket, Buffer.from("X-Trailer: t\r\n".repeat(1_000)));
  },
};

describe("an upstream that is broken or hostile", () => {
  let upstream: RoutedUpstream;
  let edge: EdgeProcess;

  beforeAll(async () => {
    upstream = await routedUpstream({
      ...NO_ANSWER,
      ...HALF_ANSWER,
      "/endless-interim": (socket) => pour(socket, Buffer.from("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(200))),
      "/behind": (socket) =>
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"),
      "/late-behind": (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        setTimeout(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"), 50);
      },
      "/early": (socket) => socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!"),
      "/early-close": (socket) => socket.end("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!"),
      "/drops-body": (socket) => setTimeout(() => socket.resetAndDestroy(), 50),
      "/stalls": (socket) => void socket.pause(),
      "/late": (socket) => setTimeout(() => socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlate"), 3_000),
      "/never": () => {},
      "/garbled-tunnel": (socket, head) => {
        acceptWebSocket(socket, head);
        socket.write(Buffer.alloc(100_000, 0xff));
        setTimeout(() => socket.resetAndDestroy(), 50);
      },
    });
    edge = await startEdgeProcess({ upstream: upstream.port, flags: FLAGS });
    await warmUp(edge);
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  const ask = async (target: string): Promise<RawResponse> => {
    const client = await edge.connect();
    client.write(request(target));
    const response = await client.response("GET", 10_000);
    // The connection to the client is none the worse for it.
    client.write(request("/honest"));
    expect((await client.response("GET", 10_000)).body).toBe("honest");
    client.destroy();
    return response;
  };

  it("is answered for with 502 and Retry-After where there is no answer to pass on", () =>
    withstand(edge, async () => {
      for (const target of Object.keys(NO_ANSWER)) {
        await repeat(20, 10, async () => {
          const { status, field } = await ask(target);
          expect({ target, status }).toEqual({ target, status: 502 });
          expect(Number(field("retry-after"))).toBeGreaterThan(0);
        });
      }
    }));

  it("can't make half an answer look like a whole one", () =>
    withstand(edge, async () => {
      for (const target of Object.keys(HALF_ANSWER)) {
        await repeat(20, 10, async () => {
          const client = await edge.connect();
          client.write(request(target));
          await eventually(
            () => client.closed || client.ended,
            8_000,
            () => `${target} is not cut`,
          );
          expect(client.text).toMatch(/^HTTP\/1\.1 200 /);
          // Neither the announced length nor the last chunk came.
          const hasLastChunk = client.text.endsWith("0\r\n\r\n");
          const isWhole = (client.text.split("\r\n\r\n")[1]?.length ?? 0) >= 100;
          expect({ target, hasLastChunk, isWhole }).toEqual({ target, hasLastChunk: false, isWhole: false });
          client.destroy();
        });
      }
    }));

  it("is cut when its interim answers have no end", () =>
    withstand(edge, async () => {
      await repeat(20, 10, async () => {
        const client = await edge.connect();
        client.write(request("/endless-interim"));
        let { status } = await client.response();
        let interim = 0;
        for (; status < 200; interim++) ({ status } = await client.response());
        expect(status).toBe(502);
        expect(interim).toBeLessThan(100);
        client.destroy();
      });
    }));

  it("can't slip a second answer to somebody else's request", () =>
    withstand(edge, async () => {
      await repeat(40, 5, async () => expect((await ask("/behind")).body).toBe("ok"));
      for (let round = 0; round < 5; round++) {
        const client = await edge.connect();
        client.write(request("/late-behind"));
        expect((await client.response()).body).toBe("ok");
        client.destroy();
        // The octets come while the connection is idle: it must be gone before anybody uses it.
        await eventually(
          () => upstream.open("/late-behind") === 0,
          5_000,
          () => "A connection with stray octets is kept",
        );
        await answersHonestly(edge);
      }
      expect(edge.log.some((line) => line["status"] === 502 && String(line["path"]).includes("behind"))).toBe(false);
    }));

  it.each([["/early"], ["/early-close"]])("is heard when it answers before the body is there: %s", (target) =>
    withstand(edge, async () => {
      await repeat(20, 10, async () => {
        const client = await edge.connect();
        client.write(request(target, { method: "POST", fields: ["Content-Length: 100000000"] }));
        const timer = setInterval(() => !client.closed && client.socket.writableLength < MEBIBYTE && client.write(Buffer.alloc(16_384)), 2);
        const { status, body } = await client.response("POST", 10_000);
        expect({ status, body }).toEqual({ status: 413, body: "no!" });
        // What follows can't be told apart from the rest of the body: the connection ends.
        await client.end(8_000);
        clearInterval(timer);
        client.destroy();
      });
    }),
  );

  it("is answered for when it drops the connection under a body", () =>
    withstand(edge, async () => {
      await repeat(20, 10, async () => {
        const client = await edge.connect();
        client.write(request("/drops-body", { method: "POST", fields: ["Content-Length: 100000000"] }));
        const timer = setInterval(() => !client.closed && client.socket.writableLength < MEBIBYTE && client.write(Buffer.alloc(16_384)), 2);
        expect((await client.response("POST", 10_000)).status).toBe(502);
        clearInterval(timer);
        client.destroy();
      });
    }));

  it("pauses uploads that it stops reading, and is given up", () =>
    withstand(
      edge,
      async () => {
        const clients = await Promise.all(Array.from({ length: 20 }, () => edge.connect()));
        for (const client of clients) {
          client.write(request("/stalls", { method: "POST", fields: ["Content-Length: 1000000000"] }));
          pour(client.socket, Buffer.alloc(65_536));
        }
        const responses = await Promise.all(clients.map((client) => client.response("POST", 15_000)));
        expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 504));
        for (const client of clients) client.destroy();
      },
      { peak: 80 * MEBIBYTE },
    ));

  it("may take its time", () =>
    withstand(edge, async () => {
      await repeat(20, 20, async () => {
        const client = await edge.connect();
        client.write(request("/late"));
        expect((await client.response("GET", 15_000)).body).toBe("late");
        client.destroy();
      });
    }));

  it("is left alone once the client has gone, if it never answers", () =>
    withstand(edge, async () => {
      const clients = await Promise.all(Array.from({ length: 50 }, () => edge.connect()));
      for (const client of clients) client.write(request("/never"));
      await eventually(() => upstream.open("/never") === 50, 5_000);
      for (const client of clients) client.destroy();
      await eventually(
        () => upstream.open("/never") === 0,
        5_000,
        () => `${upstream.open("/never")} requests stay at the upstream`,
      );
    }));

  it("ends only its own tunnels with garbage", () =>
    withstand(edge, async () => {
      await repeat(20, 10, async () => {
        const client = await edge.connect();
        client.write(webSocketRequest("/garbled-tunnel"));
        await eventually(() => client.closed || client.ended, 8_000);
        expect(client.text).toMatch(/^HTTP\/1\.1 101 /);
        client.destroy();
      });
    }));
});

describe("an upstream that is not there", () => {
  it("is answered for with 503 at once when it refuses, and is used again when it is back", async () => {
    const reserved = await listening();
    const { port } = reserved.address() as { port: number };
    reserved.close();
    await once(reserved, "close");
    const edge = await startEdgeProcess({ upstream: port, flags: FLAGS });
    try {
      await repeat(100, 10, async () => {
        const client = await edge.connect();
        client.write(request("/"));
        const { status, field } = await client.response();
        expect(status).toBe(503);
        expect(Number(field("retry-after"))).toBeGreaterThan(0);
        client.destroy();
      });
      await eventually(() => edge.sockets().clients + edge.sockets().upstream + edge.sockets().dead === 0, 10_000);
      const server = await listening(
        port,
        (socket) => void socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nback")),
      );
      const client = await edge.connect();
      client.write(request("/"));
      expect((await client.response()).body).toBe("back");
      client.destroy();
      server.close();
    } finally {
      await edge.close();
    }
  });

  it("is answered for with 502 when it accepts and resets", async () => {
    const resetting = await listening(0, (socket) => void socket.resetAndDestroy());
    const edge = await startEdgeProcess({ upstream: (resetting.address() as { port: number }).port, flags: FLAGS });
    try {
      await repeat(100, 10, async () => {
        const client = await edge.connect();
        client.write(request("/"));
        expect((await client.response()).status).toBe(502);
        client.destroy();
      });
      await eventually(() => edge.sockets().clients + edge.sockets().upstream + edge.sockets().dead === 0, 10_000);
    } finally {
      await edge.close();
      resetting.close();
    }
  });
});

async function listening(port = 0, serve: (socket: Socket) => void = () => {}): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    serve(socket);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
