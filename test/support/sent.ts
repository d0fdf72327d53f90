import { expect } from "vitest";

import type { SharedEdge } from "./edge.ts";
import { answering, OK } from "./raw-upstream.ts";
import { withoutPseudonym } from "./requests.ts";

/** Sends a request through the edge, has it answered with 200, and resolves to the octets that the upstream received. */
export const sentThrough = (shared: SharedEdge) =>
  async function sent(octets: string): Promise<string> {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    client.write(octets);
    expect((await client.response(octets.slice(0, octets.indexOf(" ")))).status).toBe(200);
    return withoutPseudonym(shared.upstream.text);
  };
