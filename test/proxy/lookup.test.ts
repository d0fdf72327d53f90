/** An upstream that has a name. The answers of the resolver are the test's; everything else is real. */
import dns from "node:dns";
import { once } from "node:events";
import { createServer, type AddressInfo, type LookupFunction } from "node:net";

import { expect, onTestFinished, test, vi } from "vitest";

import { endpointOf } from "../../src/proxy/endpoint.ts";
import { lookup } from "../../src/proxy/lookup.ts";
import { edgeWith } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { raw, HANDSHAKE, request, SWITCHING } from "../support/requests.ts";

/** A resolver that takes its time to answer for the name `gateway`; without an address that is unknown. */
function resolver() {
  const state = { address: undefined as string | undefined, time: 1, asked: 0, atOnce: 0, most: 0 };
  const system = dns.lookup as (...question: unknown[]) => void;
  const answer = (name: string, options: { all?: boolean }, answered: (...answer: unknown[]) => void): void => {
    if (name !== "gateway") return system(name, options, answered);
    state.asked += 1;
    state.most = Math.max(state.most, (state.atOnce += 1));
    const { address } = state;
    setTimeout(() => {
      state.atOnce -= 1;
      if (address === undefined) answered(Object.assign(new Error("getaddrinfo ENOTFOUND gateway"), { code: "ENOTFOUND" }));
      else if (options.all === true) answered(null, [{ address, family: 4 }]);
      else answered(null, address, 4);
    }, state.time);
  };
  const spy = vi.spyOn(dns, "lookup").mockImplementation(answer as typeof dns.lookup);
  onTestFinished(() => spy.mockRestore());
  return state;
}

/** Gateways on one port of several addresses; each answers with its own. */
async function gateways(...addresses: readonly string[]): Promise<number> {
  let port = 0;
  for (const address of addresses) {
    const answer = raw("HTTP/1.1 200 OK", [`Content-Length: ${address.length}`, "Connection: close"], address);
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (data: Buffer) => {
        if (data.toString("latin1").includes("Sec-WebSocket-Key")) socket.write(SWITCHING);
        else socket.end(answer);
      });
    });
    server.listen(port, address);
    onTestFinished(() => void server.close());
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  }
  return port;
}

test("a name is looked up again for each connection: a container that comes back may have another address", async () => {
  const names = resolver();
  const port = await gateways("127.0.0.2", "127.0.0.3");
  const { connect } = await edgeWith(undefined, { upstream: { kind: "tcp", host: "gateway", port } });
  const client = await connect();
  for (const address of ["127.0.0.2", "127.0.0.3", "127.0.0.2"]) {
    names.address = address;
    client.write(request("GET /"));
    expect((await client.response()).body).toBe(address);
  }
});

test("a name that is unknown, as a stopped container's is, answers with a page and Retry-After, and a WebSocket is held until it is known", async () => {
  const names = resolver();
  const port = await gateways("127.0.0.2");
  const { connect, log } = await edgeWith(undefined, { upstream: { kind: "tcp", host: "gateway", port } });
  const [page, chat] = [await connect(), await connect()];
  page.write(request("GET /", ["Accept: text/html"]));
  const answer = await page.response();
  expect([answer.status, answer.field("retry-after"), answer.body.includes("The Gateway is not answering")]).toEqual([502, "5", true]);
  chat.write(request("GET /chat", HANDSHAKE));
  await pause(300);
  expect(chat.text).toBe("");
  names.address = "127.0.0.2";
  expect((await chat.response()).status).toBe(101);
  expect(log.exchanges.map(({ code }) => code)).toEqual(["upstream_unreachable"]);
});

test("a WebSocket whose Gateway stays unknown is told so when its time is over", async () => {
  resolver();
  const { connect, log } = await edgeWith(undefined, { upstream: { kind: "tcp", host: "gateway", port: 9 }, timeouts: { hold: 300 } });
  const client = await connect();
  client.write(request("GET /chat", HANDSHAKE));
  expect((await client.response()).status).toBe(502);
  await eventually(() => log.exchanges.some(({ code }) => code === "upstream_unreachable"));
});

test("a resolver that takes its time is asked once at a time, however many requests wait for it: files need its threads, too", async () => {
  const names = resolver();
  Object.assign(names, { address: "127.0.0.2", time: 100 });
  const port = await gateways("127.0.0.2");
  const { connect } = await edgeWith(undefined, { upstream: { kind: "tcp", host: "gateway", port } });
  const clients = await Promise.all(Array.from({ length: 30 }, () => connect()));
  for (const client of clients) client.write(request("GET /"));
  for (const client of clients) expect((await client.response()).body).toBe("127.0.0.2");
  expect(names.most).toBe(1);
  expect(names.asked).toBeLessThan(30);
});

test("attack: a private name that leads to a public address, by a search domain with a wildcard or a false DNS, is told nothing", async () => {
  const names = resolver();
  const port = await gateways("127.0.0.1");
  // The one address that is not private, and still this machine.
  names.address = "0.0.0.0";
  const { connect, log } = await edgeWith(undefined, { upstream: { kind: "tcp", host: "gateway", port } });
  const client = await connect();
  client.write(request("GET /"));
  expect((await client.response()).status).toBe(502);
  expect(log.exchanges.map(({ code }) => code)).toEqual(["upstream_unreachable"]);
  names.address = "127.0.0.1";
  client.write(request("GET /"));
  expect((await client.response()).body).toBe("127.0.0.1");
});

test("of several addresses the private ones are tried; a target that was written down as a public one goes where its name leads", async () => {
  const addresses = [
    { address: "203.0.113.7", family: 4 },
    { address: "fd00::7", family: 6 },
    { address: "fe80::7%eth0", family: 6 },
    { address: "2001:db8::7", family: 6 },
    { address: "10.0.0.7", family: 4 },
    { address: "0.0.0.0", family: 4 },
    { address: "0.250.250.254", family: 4 }, // host.docker.internal in OrbStack
  ];
  const spy = vi.spyOn(dns, "lookup").mockImplementation(((
    _name: string,
    { all }: { all?: boolean },
    answered: (...answer: unknown[]) => void,
  ) => {
    setImmediate(() => (all === true ? answered(null, addresses) : answered(null, "203.0.113.7", 4)));
  }) as typeof dns.lookup);
  onTestFinished(() => spy.mockRestore());
  const ask = (host: string, all: boolean): Promise<unknown> => {
    const { lookup } = endpointOf({ kind: "tcp", host, port: 1 }) as { readonly lookup: LookupFunction };
    return new Promise((resolve) => lookup(host, { all }, (error, found) => resolve(error?.code ?? found)));
  };
  expect(await ask("gateway.lan", true)).toEqual([addresses[1], addresses[2], addresses[4], addresses[6]]);
  expect(await ask("gateway.lan", false)).toBe("EPUBLIC");
  expect(await ask("target.example.com", true)).toEqual(addresses);
  expect(await ask("target.example.com", false)).toBe("203.0.113.7");
});

test("questions that differ are different questions", async () => {
  const names = resolver();
  names.address = "127.0.0.2";
  const ask = (options: { readonly all: boolean }): Promise<unknown> =>
    new Promise((resolve) => lookup("gateway", options, (_, address) => resolve(address)));
  expect(await Promise.all([ask({ all: false }), ask({ all: true }), ask({ all: false })])).toEqual([
    "127.0.0.2",
    [{ address: "127.0.0.2", family: 4 }],
    "127.0.0.2",
  ]);
  expect(names.asked).toBe(2);
});
