import { METHODS } from "node:http";

import { User } from "../../../src/auth/user.ts";
import { DEFAULT_SCOPES, scopesField } from "../../../src/auth/scopes.ts";
import type { Exchange } from "../../../src/exchange.ts";
import { ownedFields } from "../../../src/headers/owned.ts";
import { UpstreamHead } from "../../../src/headers/upstream-head.ts";
import { CHUNK_END, chunkStart, LAST_CHUNK } from "../../../src/http1/chunked.ts";
import { NodeServer } from "./node-server.ts";
import { OUR_READER, readOurRequests } from "./our-requests.ts";
import { octets } from "./reads.ts";
import type { OurRequest, PeerReading, ReadRequest, RequestReader } from "./reading.ts";
import type { Differential } from "./run.ts";
import { requestStream } from "./request-streams.ts";
import { emptyMemo } from "../../support/exchange.ts";

const USER_HEADER = "X-Forwarded-User";
const OPTIONS = {
  userHeader: USER_HEADER,
  isOwned: ownedFields(USER_HEADER.toLowerCase()),
  scopesOf: () => scopesField(DEFAULT_SCOPES),
  pseudonym: "edge",
};
const ADDRESS = "192.0.2.7";
/** Sent behind every request: node:http must find it exactly where our body ends. */
const SENTINEL = octets("GET /sentinel HTTP/1.1\r\nHost: sentinel\r\n\r\n");

/** Every request that we accept arrives at node:http, which the Gateway runs on, as exactly that one request, whatever the client sent. */
export function requestsArriveAsOne(reader: RequestReader = OUR_READER): Differential {
  const peer = new NodeServer({ upgrades: true });
  return {
    generate: requestStream,
    check: (reads) => {
      let accepted = 0;
      let acceptedByBoth = 0;
      for (const request of readOurRequests(reads, reader).requests) {
        if (!request.complete) continue;
        accepted++;
        const arrived = peer.read([forwarded(request), SENTINEL]);
        const wrong = mistake(request, arrived);
        if (wrong !== undefined) return { wrong: `${request.method} ${request.target}: ${wrong}`, accepted, acceptedByBoth };
        if (arrived.requests.length > 0) acceptedByBoth++;
      }
      return { wrong: undefined, accepted, acceptedByBoth };
    },
  };
}

/** The request as the edge sends it on: a new head, and the body in a framing of ours. */
export function forwarded(request: OurRequest): Buffer {
  const { head, body } = request;
  const exchange: Exchange = {
    id: "test",
    client: { address: ADDRESS, port: 1, prefix: ADDRESS },
    head,
    memo: emptyMemo(),
    signal: new AbortController().signal,
  };
  const upstream = UpstreamHead.for(
    exchange,
    User.verified("alice"),
    head.target,
    { identity: true, stripped: undefined },
    OPTIONS,
  ).serialise(head.framing, head.fields.count("content-length") > 0);
  const chunks =
    head.framing.kind === "chunked"
      ? [...(body.length > 0 ? [octets(chunkStart(body.length)), body, octets(CHUNK_END)] : []), octets(LAST_CHUNK)]
      : [body];
  return Buffer.concat([octets(upstream), ...chunks]);
}

function mistake(request: OurRequest, arrived: PeerReading): string | undefined {
  const isKnown = METHODS.includes(request.method);
  if (!isKnown) return arrived.requests.length === 0 ? undefined : "node:http read a request with a method that it does not know";
  if (arrived.error !== undefined) return `node:http refused it: ${arrived.error}`;
  const [first, second, ...others] = arrived.requests;
  if (first === undefined) return "node:http read no request";
  if (request.head.websocket)
    return second === undefined ? requestMistake(request, first) : "node:http read on behind a WebSocket handshake";
  if (second === undefined || others.length > 0 || second.target !== "/sentinel" || second.body.length > 0) {
    return `node:http read ${arrived.requests.length} requests: ${arrived.requests.map(({ method, target }) => `${method} ${target}`).join(", ")}`;
  }
  return requestMistake(request, first);
}

function requestMistake(request: OurRequest, arrived: ReadRequest): string | undefined {
  if (arrived.method !== request.method || arrived.target !== request.target) return `it arrived as ${arrived.method} ${arrived.target}`;
  if (arrived.host !== request.host) return `it arrived for the host ${arrived.host}`;
  if (!arrived.complete || !arrived.body.equals(request.body))
    return `its body arrived as ${JSON.stringify(arrived.body.toString("latin1"))}`;
  if (!arrived.persistent) return "it closes the upstream connection";
  for (const [key, value] of [
    [USER_HEADER, "alice"],
    ["X-Forwarded-For", ADDRESS],
  ] as const) {
    const values = aliasValues(arrived, key.toLowerCase());
    if (values.length !== 1 || values[0] !== value) return `${key} arrived as ${JSON.stringify(values)}`;
  }
  return undefined;
}

/** What an application finds that takes `_` and `.` in a name for `-`. */
function aliasValues(request: ReadRequest, key: string): string[] {
  return request.fields.filter(
    (_, index) => index % 2 === 1 && (request.fields[index - 1] ?? "").toLowerCase().replace(/[_.]/g, "-") === key,
  );
}
