import { describe, expect, test } from "vitest";

import { edgeForFile, edgeWith } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { answering, OK, type UpstreamScript } from "../support/raw-upstream.ts";
import { raw, request } from "../support/requests.ts";

const shared = edgeForFile();

/** An answer that an attacker behind the upstream would like another client to get. */
const SPLIT = raw("HTTP/1.1 200 OK", ["Set-Cookie: session=stolen", "Content-Length: 6"], "poison");

/** Answers the first request with the octets and then ends its side. */
const once =
  (octets: string, how: "end" | "reset" | "stay" = "end"): UpstreamScript =>
  async (peer) => {
    await peer.head();
    peer.write(octets);
    if (how === "end") peer.socket.end();
    if (how === "reset") setTimeout(() => peer.socket.resetAndDestroy(), 20);
  };

describe("an upstream whose answer is ambiguous or malformed: 502, and nothing of it reaches the client (RFC 9112 §6.3)", () => {
  const answers: readonly (readonly [title: string, octets: string])[] = [
    [
      "Transfer-Encoding together with Content-Length",
      raw("HTTP/1.1 200 OK", ["Transfer-Encoding: chunked", "Content-Length: 5"], `0\r\n\r\n${SPLIT}`),
    ],
    ["two Content-Length that differ", raw("HTTP/1.1 200 OK", ["Content-Length: 0", "Content-Length: 5"], SPLIT)],
    ["two Content-Length that agree", raw("HTTP/1.1 200 OK", ["Content-Length: 2", "Content-Length: 2"], "ok")],
    ["a listed Content-Length", raw("HTTP/1.1 200 OK", ["Content-Length: 2, 2"], "ok")],
    ["a signed Content-Length", raw("HTTP/1.1 200 OK", ["Content-Length: +2"], "ok")],
    ["a coding other than chunked", raw("HTTP/1.1 200 OK", ["Transfer-Encoding: gzip, chunked"], "0\r\n\r\n")],
    ["Transfer-Encoding in HTTP/1.0", raw("HTTP/1.0 200 OK", ["Transfer-Encoding: chunked"], "0\r\n\r\n")],
    ["ambiguous framing even without a body (204)", raw("HTTP/1.1 204 No Content", ["Transfer-Encoding: chunked", "Content-Length: 5"])],
    ["a bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok"],
    [
      "a bare CR in a value: response splitting for a lenient client",
      raw("HTTP/1.1 200 OK", ["X: a\rSet-Cookie: b=c", "Content-Length: 0"]),
    ],
    ["NUL in a value", raw("HTTP/1.1 200 OK", ["X: a\0b", "Content-Length: 0"])],
    ["a space before the colon (RFC 9112 §5.1)", raw("HTTP/1.1 200 OK", ["Content-Length : 2"], "ok")],
    ["obs-fold (RFC 9112 §5.2)", raw("HTTP/1.1 200 OK", ["X: a", " b", "Content-Length: 0"])],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ["another version", raw("HTTP/2.0 200 OK", ["Content-Length: 0"])],
    ["a status of two digits", raw("HTTP/1.1 20 OK", ["Content-Length: 0"])],
    ["a status above 599", raw("HTTP/1.1 999 X", ["Content-Length: 0"])],
    ["no space behind the status", raw("HTTP/1.1 200OK", ["Content-Length: 0"])],
    ["a control octet in the reason", raw("HTTP/1.1 200 O\x01K", ["Content-Length: 0"])],
    ["a head over 16 KB", raw("HTTP/1.1 200 OK", [`X: ${"y".repeat(17_000)}`, "Content-Length: 0"])],
    [
      "101 fields",
      raw(
        "HTTP/1.1 200 OK",
        Array.from({ length: 101 }, (_, index) => `X${index}: y`),
      ),
    ],
    [
      "a 101 to a request that asked for no upgrade (RFC 9110 §15.2.2)",
      raw("HTTP/1.1 101 Switching Protocols", ["Upgrade: websocket", "Connection: Upgrade"], SPLIT),
    ],
    ["an endless series of interim answers", raw("HTTP/1.1 102 Processing", []).repeat(17)],
  ];
  test.each(answers)("%s", async (_, octets) => {
    shared.upstream.script = once(octets, "stay");
    const client = await shared.connect();
    client.write(request("GET /"));
    let response = await client.response();
    while (response.status === 102) response = await client.response();
    expect({ status: response.status, retryAfter: response.field("retry-after"), rest: client.rest }).toEqual({
      status: 502,
      retryAfter: "5",
      rest: "",
    });
    expect(client.text).not.toContain("poison");
    const peer = await shared.upstream.peer();
    await eventually(() => peer.ended || peer.closed);
    // The client's own connection was not at fault, and goes on.
    shared.upstream.script = answering(OK);
    client.write(request("GET /next"));
    expect((await client.response()).body).toBe("ok");
  });

  test("half a head, and then the end: 502", async () => {
    shared.upstream.script = once("HTTP/1.1 200 OK\r\nContent-Le");
    const client = await shared.connect();
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(502);
    expect(shared.upstream.peers).toHaveLength(1);
  });

  test("nothing, and then the end: 502, and on a fresh connection no second try", async () => {
    shared.upstream.script = once("");
    const client = await shared.connect();
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(502);
    expect(shared.upstream.peers).toHaveLength(1);
  });
});

describe("an answer cut short is cut short for the client: no clean end (RFC 9112 §8; RFC 8446 §6.1)", () => {
  const CHUNKED = raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: chunked"]);
  const cuts: readonly (readonly [title: string, octets: string, how: "end" | "reset", got: string])[] = [
    [
      "Content-Length, then FIN",
      raw("HTTP/1.1 200 OK", ["Date: x", "Content-Length: 10"], "half"),
      "end",
      raw("HTTP/1.1 200 OK", ["Date: x", "Content-Length: 10"], "half"),
    ],
    [
      "Content-Length, then a reset",
      raw("HTTP/1.1 200 OK", ["Date: x", "Content-Length: 10"], "half"),
      "reset",
      raw("HTTP/1.1 200 OK", ["Date: x", "Content-Length: 10"], "half"),
    ],
    ["chunked, between two chunks, then FIN", `${CHUNKED}4\r\nhalf\r\n`, "end", `${CHUNKED}4\r\nhalf\r\n`],
    ["chunked, inside a chunk, then a reset", `${CHUNKED}a\r\nhalf`, "reset", `${CHUNKED}4\r\nhalf\r\n`],
    ["chunked, behind the last chunk's size, then FIN", `${CHUNKED}4\r\nhalf\r\n0\r\n`, "end", `${CHUNKED}4\r\nhalf\r\n`],
    ["a malformed chunk", `${CHUNKED}4\r\nhalfXX`, "end", `${CHUNKED}4\r\nhalf\r\n`],
    ["a body that ends with the connection, then a reset", raw("HTTP/1.1 200 OK", ["Date: x"], "half"), "reset", `${CHUNKED}4\r\nhalf\r\n`],
  ];
  test.each(cuts)("%s", async (_, octets, how, got) => {
    shared.upstream.script = once(octets, how);
    const client = await shared.connect({ tapped: true });
    client.write(request("GET /") + request("GET /pipelined"));
    await client.end();
    expect({ got: client.text, closeNotify: client.closeNotify }).toEqual({ got, closeNotify: false });
    await eventually(() => shared.log.exchanges.length === 1);
    expect(shared.log.exchanges[0]?.code).toMatch(/^(upstream_cut_short|bad_upstream_response)$/);
    expect(shared.upstream.peers).toHaveLength(1);
  });

  test("for an HTTP/1.0 client, which knows the end by the connection alone, the missing close_notify is what tells", async () => {
    for (const [octets, closeNotify] of [
      [`${CHUNKED}4\r\nhalf\r\n`, false],
      [`${CHUNKED}4\r\nhalf\r\n0\r\n\r\n`, true],
    ] as const) {
      shared.upstream.script = once(octets);
      const client = await shared.connect({ tapped: true });
      client.write(request("GET /").replace("HTTP/1.1", "HTTP/1.0"));
      await client.end();
      expect({ got: client.text, closeNotify: client.closeNotify }).toEqual({
        got: raw("HTTP/1.1 200 OK", ["Date: x", "Connection: close"], "half"),
        closeNotify,
      });
    }
  });
});

describe("framing towards the client", () => {
  test("chunk extensions and trailers of the upstream are dropped, and chunks written anew (RFC 9112 §7.1)", async () => {
    const body = '4;ext="x"\r\nhalf\r\n004\r\nmore\r\n0;last\r\nX-Trailer: y\r\nSet-Cookie: t=1\r\n\r\n';
    shared.upstream.script = once(raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: Chunked", "Trailer: X-Trailer"], body), "stay");
    const client = await shared.connect();
    client.write(request("GET /"));
    await client.response();
    expect(client.text).toBe(raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: chunked"], "4\r\nhalf\r\n4\r\nmore\r\n0\r\n\r\n"));
  });

  test("a body that ends with the upstream's connection comes in chunks, and the client's connection goes on (RFC 9112 §6.3)", async () => {
    shared.upstream.script = once(raw("HTTP/1.1 200 OK", ["Date: x"], "all"));
    const client = await shared.connect();
    client.write(request("GET /"));
    expect((await client.response()).body).toBe("all");
    expect(client.text).toBe(raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: chunked"], "3\r\nall\r\n0\r\n\r\n"));
    shared.upstream.script = answering(OK);
    client.write(request("GET /next"));
    expect((await client.response()).body).toBe("ok");
  });

  test("an HTTP/1.0 client gets a chunked body without chunks, and the connection's end (RFC 9112 §7.1, §9.3)", async () => {
    shared.upstream.script = once(
      raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: chunked"], "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"),
      "stay",
    );
    const client = await shared.connect();
    client.write(request("GET /", ["Connection: keep-alive"]).replace("HTTP/1.1", "HTTP/1.0"));
    await client.end();
    expect(client.text).toBe(raw("HTTP/1.1 200 OK", ["Date: x", "Connection: close"], "abcdef"));
  });

  const bodiless: readonly (readonly [title: string, method: string, answer: string, got: string])[] = [
    [
      "HEAD with Content-Length",
      "HEAD",
      raw("HTTP/1.1 200 OK", ["Date: x", "Content-Length: 5"]),
      raw("HTTP/1.1 200 OK", ["Date: x", "Content-Length: 5"]),
    ],
    [
      "HEAD with Transfer-Encoding",
      "HEAD",
      raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: chunked"]),
      raw("HTTP/1.1 200 OK", ["Date: x"]),
    ],
    ["204", "GET", raw("HTTP/1.1 204 No Content", ["Date: x", "Content-Length: 5"]), raw("HTTP/1.1 204 No Content", ["Date: x"])],
    [
      "304 with the length of what was not sent (RFC 9110 §8.6)",
      "GET",
      raw("HTTP/1.1 304 Not Modified", ["Date: x", 'ETag: "a"', "Content-Length: 5"]),
      raw("HTTP/1.1 304 Not Modified", ["Date: x", 'ETag: "a"', "Content-Length: 5"]),
    ],
    [
      "205 with an empty body",
      "POST",
      raw("HTTP/1.1 205 Reset Content", ["Date: x", "Content-Length: 0"]),
      raw("HTTP/1.1 205 Reset Content", ["Date: x", "Content-Length: 0"]),
    ],
  ];
  test.each(bodiless)(
    "%s carries no body whatever its fields say, and the connection goes on (RFC 9112 §6.3)",
    async (_, method, answer, got) => {
      shared.upstream.script = once(answer, "stay");
      const client = await shared.connect();
      client.write(request(`${method} /`));
      await client.response(method);
      shared.upstream.script = answering(OK);
      client.write(request("GET /next"));
      expect((await client.response()).body).toBe("ok");
      expect(client.text).toBe(got + OK);
    },
  );

  test("the octets of a body that must not be there (HEAD, 204) never reach the client (RFC 9112 §6.3)", async () => {
    for (const [method, status] of [
      ["HEAD", "200 OK"],
      ["GET", "204 No Content"],
      ["GET", "304 Not Modified"],
    ] as const) {
      shared.upstream.reset();
      shared.upstream.script = once(raw(`HTTP/1.1 ${status}`, ["Date: x", `Content-Length: ${SPLIT.length}`], SPLIT), "stay");
      const client = await shared.connect();
      client.write(request(`${method} /`));
      await client.response(method);
      await pause(15);
      expect(client.rest).toBe("");
      const peer = await shared.upstream.peer();
      await eventually(() => peer.ended || peer.closed);
    }
  });

  test("a body cut at every octet into two writes arrives as it was sent", async () => {
    const octets = Buffer.from(
      raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: chunked"], "5;e=x\r\nhello\r\n1\r\n!\r\n0\r\nT: y\r\n\r\n"),
      "latin1",
    );
    const client = await shared.connect();
    for (let cut = 1; cut < octets.length; cut++) {
      shared.upstream.script = async (peer) => {
        await peer.head();
        peer.write(octets.subarray(0, cut));
        await pause(1);
        peer.write(octets.subarray(cut));
      };
      client.write(request("GET /"));
      const { head, body } = await client.response();
      expect({ cut, head, body }).toEqual({ cut, head: raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: chunked"]), body: "hello!" });
    }
  });
});

describe("more than one answer to one request (response splitting, unsolicited octets) never reaches the next client (RFC 9112 §9.2)", () => {
  const pooled = { limits: { idleUpstream: 8 } } as const;

  test("two answers in one write: the second is dropped with its connection", async () => {
    const { connect, upstream } = await edgeWith(once(OK + SPLIT, "stay"), pooled);
    const victim = await connect();
    const attacker = await connect();
    attacker.write(request("GET /first"));
    expect((await attacker.response()).body).toBe("ok");
    upstream.script = answering(OK);
    for (const client of [attacker, victim]) {
      client.write(request("GET /second"));
      expect((await client.response()).body).toBe("ok");
    }
    expect(attacker.text + victim.text).not.toContain("poison");
    expect(upstream.peers[0]?.text).not.toContain("/second");
  });

  test("a second answer that comes later, while the connection rests", async () => {
    const { connect, upstream } = await edgeWith(once(OK, "stay"), pooled);
    const client = await connect();
    client.write(request("GET /first"));
    await client.response();
    const peer = await upstream.peer();
    peer.write(SPLIT);
    await eventually(() => peer.ended || peer.closed);
    upstream.script = answering(OK);
    client.write(request("GET /second"));
    expect((await client.response()).body).toBe("ok");
    expect(client.text).not.toContain("poison");
    expect(peer.text).not.toContain("/second");
  });

  test("octets behind the last chunk", async () => {
    const { connect, upstream } = await edgeWith(
      once(raw("HTTP/1.1 200 OK", ["Transfer-Encoding: chunked"], `2\r\nok\r\n0\r\n\r\n${SPLIT}`), "stay"),
      pooled,
    );
    const client = await connect();
    client.write(request("GET /first") + request("GET /second"));
    expect((await client.response()).body).toBe("ok");
    const second = await upstream.peer(1);
    await second.head();
    second.write(OK);
    expect((await client.response()).body).toBe("ok");
    expect(client.text).not.toContain("poison");
  });
});
