import { describe, expect, test } from "vitest";

import { edgeForFile, edgeWith } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { answering, OK, type UpstreamScript } from "../support/raw-upstream.ts";
import { dechunked, forwarded, raw, request, withoutPseudonym } from "../support/requests.ts";

const shared = edgeForFile();

/** Answers so many requests, and then resets the connection when the next one comes: a socket that the upstream was just closing. */
const staleAfter =
  (answers: number): UpstreamScript =>
  (peer, number) => {
    let answered = 0;
    peer.socket.on("data", () => {
      if (number === 0 && answered === answers) return void peer.socket.resetAndDestroy();
      answered++;
      peer.write(OK);
    });
  };

describe("the client's connection (RFC 9112 §9.3)", () => {
  test("serves request after request, and ends when the client says close", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    for (let index = 0; index < 3; index++) {
      client.write(request(`GET /${index}`));
      expect((await client.response()).field("connection")).toBeUndefined();
    }
    client.write(request("GET /last", ["Connection: Close"]) + request("GET /after"));
    expect((await client.response()).field("connection")).toBe("close");
    await client.end();
    expect(client.rest).toBe("");
    expect(shared.upstream.text).not.toContain("/after");
  });

  test("pipelined requests are answered in order, one after the other upstream (RFC 9112 §9.3.2)", async () => {
    const client = await shared.connect();
    client.write(request("GET /0") + request("POST /1", ["Content-Length: 4"], "body") + request("GET /missing", ["Host: b"]));
    const first = await shared.upstream.peer(0);
    await first.head();
    await pause(20);
    expect(shared.upstream.peers).toHaveLength(1);
    first.write(raw("HTTP/1.1 200 OK", ["Content-Length: 1"], "0"));
    const second = await shared.upstream.peer(1);
    await second.until("body");
    second.write(raw("HTTP/1.1 200 OK", ["Content-Length: 1"], "1"));
    expect((await client.response()).body).toBe("0");
    expect((await client.response()).body).toBe("1");
    expect((await client.response()).status).toBe(400);
    await client.end();
    expect(withoutPseudonym(shared.upstream.text)).toBe(
      `${forwarded("GET /0")}${forwarded("POST /1", { framing: ["Content-Length: 4"] })}body`,
    );
  });

  test("pipelined heads are bounded: the edge stops reading, and answers all of them in the end", async () => {
    const { connect, upstream } = await edgeWith();
    const client = await connect();
    const count = 700;
    const one = request("GET /", [`X: ${"y".repeat(12_000)}`]);
    client.write(one.repeat(count));
    const first = await upstream.peer();
    await first.head();
    await pause(150);
    expect(client.socket.writableLength).toBeGreaterThan(1_000_000);
    expect(first.text.split("\r\n\r\n")).toHaveLength(2);
    let answered = 1;
    first.write(OK);
    first.socket.on("data", () => {
      answered++;
      first.write(OK);
    });
    await eventually(
      () => answered === count && client.length === count * OK.length,
      10_000,
      () => `${answered} of ${count} were answered`,
    );
  });

  test("a client that asks on and on without reading gets no further answers until it reads", async () => {
    let asked = 0;
    const big = raw("HTTP/1.1 200 OK", ["Content-Length: 100000"], "x".repeat(100_000));
    const { connect } = await edgeWith((peer) => {
      let heads = 0;
      peer.socket.on("data", () => {
        for (; heads < peer.text.split("\r\n\r\n").length - 1; heads++, asked++) peer.write(big);
      });
    });
    const client = await connect();
    client.socket.pause();
    client.write(request("GET /").repeat(300));
    await pause(300);
    expect(asked).toBeLessThan(200);
    client.socket.resume();
    await eventually(() => asked === 300 && client.length > 300 * 100_000);
  });

  test("a request cut at every octet into two writes is the same request", async () => {
    shared.upstream.script = (peer) => peer.until("0\r\n\r\n").then(() => peer.write(OK));
    const octets = Buffer.from(
      request("POST /a", ["Transfer-Encoding: chunked", "X: y"], "5\r\nhello\r\n1;e\r\n!\r\n0\r\nT: z\r\n\r\n"),
      "latin1",
    );
    const client = await shared.connect();
    for (let cut = 1; cut < octets.length; cut++) {
      client.write(octets.subarray(0, cut));
      await pause(1);
      client.write(octets.subarray(cut));
      expect((await client.response()).status).toBe(200);
      const text = withoutPseudonym(shared.upstream.peers.at(-1)?.text ?? "");
      const head = forwarded("POST /a", { fields: ["X: y"], framing: ["Transfer-Encoding: chunked"] });
      expect({ cut, head: text.slice(0, head.length), body: dechunked(text.slice(head.length)) }).toEqual({ cut, head, body: "hello!" });
    }
  });
});

describe("the upstream's connections (RFC 9112 §9.3)", () => {
  test("are used again, by any client, the one used last first", async () => {
    const { connect, upstream } = await edgeWith(answering(OK));
    const [one, two] = [await connect(), await connect()];
    for (const client of [one, two, one, two]) {
      client.write(request("GET /"));
      await client.response();
    }
    expect(upstream.peers).toHaveLength(1);
    expect(withoutPseudonym(upstream.text)).toBe(forwarded("GET /").repeat(4));
  });

  test.each([
    ["Connection: close", raw("HTTP/1.1 200 OK", ["Connection: close", "Content-Length: 2"], "ok")],
    ["HTTP/1.0", raw("HTTP/1.0 200 OK", ["Content-Length: 2"], "ok")],
    ["Keep-Alive: timeout=1, which is over a second earlier", raw("HTTP/1.1 200 OK", ["Keep-Alive: timeout=1", "Content-Length: 2"], "ok")],
  ])("are not used again after %s", async (_, answer) => {
    const { connect, upstream } = await edgeWith(answering(answer));
    const client = await connect();
    for (const path of ["/1", "/2"]) {
      client.write(request(`GET ${path}`));
      expect((await client.response()).body).toBe("ok");
    }
    expect(upstream.peers.map((peer) => /^GET (\S+)/.exec(peer.text)?.[1])).toEqual(["/1", "/2"]);
  });

  test("are retired a second before the upstream's Keep-Alive timeout, and a non-idempotent request takes none that rested a second (RFC 9110 §9.2.2)", async () => {
    const { connect, upstream } = await edgeWith(
      answering(raw("HTTP/1.1 200 OK", ["Keep-Alive: timeout=2, max=100", "Content-Length: 2"], "ok")),
    );
    const plain = await edgeWith(answering(OK));
    const [first, second] = [await connect(), await plain.connect()];
    for (const client of [first, second]) {
      client.write(request("GET /"));
      await client.response();
    }
    await pause(1_050);
    first.write(request("GET /"));
    second.write(request("POST /"));
    await first.response();
    await second.response();
    expect([upstream.peers.length, plain.upstream.peers.length]).toEqual([2, 2]);
  });

  test.each(["GET", "HEAD", "OPTIONS"])(
    "a %s on a connection that turns out to be stale is sent once more, on a new one (RFC 9110 §9.2.2)",
    async (method) => {
      const { connect, upstream } = await edgeWith(staleAfter(1));
      const client = await connect();
      client.write(request("GET /first"));
      await client.response();
      client.write(request(`${method} /second`));
      expect((await client.response(method)).status).toBe(200);
      expect(upstream.peers).toHaveLength(2);
      expect(withoutPseudonym(upstream.text)).toBe(forwarded("GET /first") + forwarded(`${method} /second`).repeat(2));
    },
  );

  test("and once only: two stale ones are a 502", async () => {
    const { connect, upstream } = await edgeWith((peer, number) => {
      let answered = 0;
      peer.socket.on("data", () => (number === 0 && answered++ === 0 ? void peer.write(OK) : void peer.socket.resetAndDestroy()));
    });
    const client = await connect();
    client.write(request("GET /first"));
    await client.response();
    client.write(request("GET /second"));
    expect((await client.response()).status).toBe(502);
    expect(upstream.peers).toHaveLength(2);
  });

  test.each([
    ["POST without a body", request("POST /second")],
    ["DELETE", request("DELETE /second")],
    ["an unknown method", request("PROPFIND /second")],
    ["GET with a body that was sent", request("GET /second", ["Content-Length: 4"], "body")],
    ["PUT with a body that was sent", request("PUT /second", ["Content-Length: 4"], "body")],
  ])("%s is never sent twice: 502 (RFC 9110 §9.2.2)", async (_, octets) => {
    const { connect, upstream } = await edgeWith(staleAfter(1));
    const client = await connect();
    client.write(request("GET /first"));
    await client.response();
    client.write(octets);
    const response = await client.response();
    expect({ status: response.status, retryAfter: response.field("retry-after") }).toEqual({ status: 502, retryAfter: "5" });
    await pause(20);
    expect(upstream.text.split("/second")).toHaveLength(2);
  });

  test("an answer that was begun is not asked for again", async () => {
    const { connect, upstream } = await edgeWith((peer) => {
      let asked = 0;
      peer.socket.on("data", () => {
        if (asked++ === 0) return void peer.write(OK);
        peer.write("HTTP/1.1 200 OK\r\nContent-Le");
        setTimeout(() => peer.socket.resetAndDestroy(), 20);
      });
    });
    const client = await connect();
    client.write(request("GET /first"));
    await client.response();
    client.write(request("GET /second"));
    expect((await client.response()).status).toBe(502);
    expect(upstream.peers).toHaveLength(1);
  });

  test("a connection that the upstream ends while it rests is not used again", async () => {
    const { connect, upstream } = await edgeWith(answering(OK));
    const client = await connect();
    client.write(request("GET /first"));
    await client.response();
    (await upstream.peer()).socket.end();
    await eventually(() => upstream.peers[0]?.closed ?? false);
    client.write(request("POST /second"));
    expect((await client.response()).status).toBe(200);
    expect(upstream.peers).toHaveLength(2);
  });
});
