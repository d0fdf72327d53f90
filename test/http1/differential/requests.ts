import { disagreement } from "./compare.ts";
import { NodeServer } from "./node-server.ts";
import { OUR_READER, readOurRequests } from "./our-requests.ts";
import type { RequestReader } from "./reading.ts";
import type { Differential } from "./run.ts";
import { requestStream } from "./request-streams.ts";

/** What a client sends is read alike by us and by node:http, or refused by one of the two. */
export function requestsReadAlike(reader: RequestReader = OUR_READER): Differential {
  const peer = new NodeServer({ upgrades: false });
  return {
    generate: requestStream,
    check: (reads) => {
      const ours = readOurRequests(reads, reader);
      const theirs = peer.read(reads);
      return {
        wrong: disagreement(ours, theirs),
        accepted: ours.requests.length,
        acceptedByBoth: Math.min(ours.requests.length, theirs.requests.length),
      };
    },
  };
}
