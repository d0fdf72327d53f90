import { describe, expect, it } from "vitest";

import { CARELESS_FORWARDERS, CARELESS_READERS, CARELESS_RESPONSE_READERS } from "./differential/careless.ts";
import { forwarded, requestsArriveAsOne } from "./differential/forwarded.ts";
import { NodeServer } from "./differential/node-server.ts";
import { readOurRequests } from "./differential/our-requests.ts";
import { octets } from "./differential/reads.ts";
import { requestsReadAlike } from "./differential/requests.ts";
import { responsesArriveAsOne, responsesReadAlike } from "./differential/responses.ts";
import { fuzzCases, fuzzSeed, runDifferential } from "./differential/run.ts";
import type { Differential } from "./differential/run.ts";

const CASES = fuzzCases(20_000);
const SEED = fuzzSeed();

describe(`Between our grammar and node:http's, with FUZZ_SEED=${SEED}`, () => {
  it("no stream of requests is read in two ways", () => agree(requestsReadAlike(), CASES), 120_000);

  it("every accepted request arrives upstream as exactly that one", () => agree(requestsArriveAsOne(), CASES), 120_000);

  it("no stream of responses is read in two ways", () => agree(responsesReadAlike(), CASES / 2), 120_000);

  it("every accepted response reaches the client as exactly that one", () => agree(responsesArriveAsOne(), CASES / 2), 120_000);
});

/** What careless code must be caught within. */
const ENOUGH = 5_000;

describe("The differential can fail: it catches a reader that", () => {
  it.each(Object.entries(CARELESS_READERS))("%s", async (_, reader) => {
    const { failure } = await runDifferential(requestsReadAlike(reader), SEED, ENOUGH);
    expect(failure).toMatch(/^FUZZ_SEED=[0-9]+, case [0-9]+: .+\nreads: ".+"/);
  });

  it.each(Object.entries(CARELESS_FORWARDERS))("%s", async (_, reader) => {
    const { failure } = await runDifferential(requestsArriveAsOne(reader), SEED, ENOUGH);
    expect(failure).toMatch(/^FUZZ_SEED=[0-9]+, case [0-9]+: .+\nreads: ".+"/);
  });

  it.each(Object.entries(CARELESS_RESPONSE_READERS))("%s", async (_, reader) => {
    const { failure } = await runDifferential(responsesReadAlike(reader), SEED, ENOUGH);
    expect(failure).toMatch(/^FUZZ_SEED=[0-9]+, case [0-9]+: .+\nreads: ".+"/);
  });

  it("shortens what failed and gives the same case again for the same seed", async () => {
    const reader = CARELESS_READERS["does not read the body of a GET"];
    const first = await runDifferential(requestsReadAlike(reader), 7, ENOUGH);
    const second = await runDifferential(requestsReadAlike(reader), 7, ENOUGH);
    expect(first.failure).toContain("\nshort: ");
    expect(second).toEqual(first);
  });
});

describe("A request as it is sent on", () => {
  it("carries one head and one framing of ours, whatever the client's looked like (RFC 9112 §6, RFC 9110 §7.6.1)", () => {
    const sent =
      "POST https://gateway.example:8443?a=b HTTP/1.1\r\nhost:\tother.example \r\nTRANSFER-ENCODING: Chunked\r\nConnection: X-Named\r\nX-Named: 1\r\n" +
      "X_Forwarded_For: 6.6.6.6\r\nX-Kept:  a \t b\t\r\n\r\n2;ext=1\r\nhe\r\n003\r\nllo\r\n0\r\nX-Trailer: t\r\n\r\n";
    const [request] = readOurRequests([octets(sent)]).requests;
    expect(request).toBeDefined();
    if (request === undefined) return;
    const text = forwarded(request).toString("latin1");
    expect(text).toMatch(/^POST \/\?a=b HTTP\/1\.1\r\nHost: gateway\.example:8443\r\nX-Forwarded-For: /);
    expect(text).toMatch(/\r\nX-Kept: a \t b\r\nVia: /);
    expect(text).toMatch(/\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
    expect(text).not.toMatch(/6\.6\.6\.6|X-Named|X-Trailer|ext=1|other\.example/);
    const peer = new NodeServer({ upgrades: true }).read([octets(text)]);
    expect(peer).toMatchObject({
      error: undefined,
      requests: [{ method: "POST", target: "/?a=b", host: "gateway.example:8443", complete: true }],
    });
    expect(peer.requests[0]?.body.toString()).toBe("hello");
  });
});

async function agree(differential: Differential, cases: number): Promise<void> {
  const result = await runDifferential(differential, SEED, cases);
  expect(result.failure).toBeUndefined();
  // A generator that makes nothing acceptable would agree on everything.
  expect(result.acceptedByBoth).toBeGreaterThan(cases / 4);
}
