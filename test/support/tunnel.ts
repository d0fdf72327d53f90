/** WebSockets through an edge: how an upstream accepts one, a client opens one, and the edge ends one. */
import { expect } from "vitest";

import { ALICE, DOMAIN, type TestEdge } from "./edge.ts";
import type { RawClient } from "./raw-client.ts";
import type { UpstreamScript } from "./raw-upstream.ts";
import { HANDSHAKE, raw, SWITCHING } from "./requests.ts";

/** Accepts every WebSocket. */
export const accepting: UpstreamScript = async (peer) => {
  await peer.head();
  peer.write(SWITCHING);
};

/** A WebSocket to `/chat`, alice's unless it is said otherwise. */
export async function openTunnel(connect: TestEdge["connect"], authorization: string = ALICE): Promise<RawClient> {
  const client = await connect();
  client.write(raw("GET /chat HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${authorization}`, ...HANDSHAKE]));
  expect((await client.response()).status).toBe(101);
  return client;
}

/** The close frame of a server, in latin1 (RFC 6455 §5.5.1). */
export const closing = (code: number, reason: string): string =>
  String.fromCharCode(0x88, reason.length + 2, code >> 8, code & 0xff) + reason;
