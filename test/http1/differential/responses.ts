import { downstreamHead } from "../../../src/headers/downstream-head.ts";
import { CHUNK_END, chunkStart, LAST_CHUNK } from "../../../src/http1/chunked.ts";
import { parseResponseHead } from "../../../src/http1/response-head.ts";
import type { ResponseHead } from "../../../src/http1/response-head.ts";
import { readWithNodeClient } from "./node-client.ts";
import type { PeerResponse } from "./node-client.ts";
import { readOurResponse } from "./our-response.ts";
import type { OurResponse, ResponseReader } from "./our-response.ts";
import type { ReadResponse } from "./read-response.ts";
import { octets } from "./reads.ts";
import { responseStream } from "./response-streams.ts";
import type { Differential } from "./run.ts";

/** What an upstream answers is read alike by us and by node:http's client, or refused by one of the two. */
export function responsesReadAlike(reader: ResponseReader = { parseResponseHead }): Differential {
  return {
    generate: responseStream,
    check: async (reads) => {
      const method = methodFor(reads);
      const ours = readOurResponse(reads, method, reader);
      const theirs = await readWithNodeClient(reads, method);
      const accepted = ours.response === undefined ? 0 : 1;
      return { wrong: disagreement(ours, theirs, method), accepted, acceptedByBoth: theirs.response === undefined ? 0 : accepted };
    },
  };
}

/** A response that we accept whole reaches the client as exactly that status and body, whatever the upstream sent. */
export function responsesArriveAsOne(): Differential {
  return {
    generate: responseStream,
    check: async (reads) => {
      const method = methodFor(reads);
      let head: ResponseHead | undefined;
      const keep: ResponseReader["parseResponseHead"] = (text, forMethod, limit) => (head = parseResponseHead(text, forMethod, limit));
      const { response, ending } = readOurResponse(reads, method, { parseResponseHead: keep });
      if (response === undefined || head === undefined || ending !== "complete" || head.status === 101)
        return { wrong: undefined, accepted: 0, acceptedByBoth: 0 };
      const arrived = await readWithNodeClient([sentOn(head, response.body)], method);
      return { wrong: arrivalMistake(response, arrived), accepted: 1, acceptedByBoth: arrived.response === undefined ? 0 : 1 };
    },
  };
}

/** Every fourth stream answers a HEAD; which one is read off the stream itself, so that it stays so while it is shortened. */
function methodFor(reads: readonly Uint8Array[]): string {
  let sum = 0;
  for (const octet of Buffer.concat(reads)) sum += octet;
  return sum % 4 === 3 ? "HEAD" : "GET";
}

function disagreement(ours: OurResponse, theirs: PeerResponse, method: string): string | undefined {
  const our = ours.response;
  const their = theirs.response;
  if (our === undefined || their === undefined) {
    if (our !== undefined && theirs.error === undefined) return "we read a response, the peer waits for more";
    if (their !== undefined && ours.ending === "within") return "the peer read a response, we wait for more";
    return undefined;
  }
  if (ours.interim.join() !== theirs.interim.join()) return differ("interim answers", ours.interim, theirs.interim);
  if (our.status !== their.status) return differ("status", our.status, their.status);
  if (our.reason !== their.reason) return differ("reason", our.reason, their.reason);
  if (our.fields.join("\n") !== their.fields.join("\n")) return differ("fields", our.fields, their.fields);
  const theyRefused = theirs.error !== undefined && !their.complete;
  if (ours.ending === "refused" || theyRefused) {
    const shared = Math.min(our.body.length, their.body.length);
    return our.body.subarray(0, shared).equals(their.body.subarray(0, shared)) ? undefined : differ("body so far", our.body, their.body);
  }
  if (our.complete !== their.complete) return differ("completeness", our.complete, their.complete);
  if (!our.body.equals(their.body)) return differ("body", our.body.toString("latin1"), their.body.toString("latin1"));
  // node:http takes Proxy-Connection for Connection (against RFC 9110 §7.6.1), and an answer to HEAD without a length for one that ends with the connection.
  const isComparable = method !== "HEAD" && our.status !== 101 && !our.fields.some((name) => /^proxy-connection$/i.test(name));
  if (isComparable && our.persistent && !their.persistent) return differ("persistence", our.persistent, their.persistent);
  return undefined;
}

function sentOn(head: ResponseHead, body: Buffer): Buffer {
  const options = { close: false, hsts: "", isGateway: true, setCookies: [], date: "Thu, 01 Jan 2026 00:00:00 GMT" };
  switch (head.framing.kind) {
    case "none":
      return octets(downstreamHead(head, { ...options, framing: "Content-Length: 0\r\n" })) as Buffer;
    case "length":
      return Buffer.concat([octets(downstreamHead(head, { ...options, framing: `Content-Length: ${head.framing.length}\r\n` })), body]);
    case "chunked":
    case "until-close": {
      const chunk = body.length === 0 ? [] : [octets(chunkStart(body.length)), body, octets(CHUNK_END)];
      return Buffer.concat([
        octets(downstreamHead(head, { ...options, framing: "Transfer-Encoding: chunked\r\n" })),
        ...chunk,
        octets(LAST_CHUNK),
      ]);
    }
    default:
      return head.framing satisfies never;
  }
}

function arrivalMistake(sent: ReadResponse, arrived: PeerResponse): string | undefined {
  if (arrived.error !== undefined) return `node:http refused it: ${arrived.error}`;
  const { response } = arrived;
  if (response === undefined || arrived.interim.length > 0) return "node:http read no final response";
  if (response.status !== sent.status || response.reason !== sent.reason) return differ("status", sent, response);
  if (!response.complete || !response.body.equals(sent.body))
    return differ("body", sent.body.toString("latin1"), response.body.toString("latin1"));
  return response.persistent ? undefined : "it closes the client's connection";
}

function differ(what: string, ours: unknown, theirs: unknown): string {
  return `${what}: we read ${JSON.stringify(ours)}, the peer ${JSON.stringify(theirs)}`;
}
