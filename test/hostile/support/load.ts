import { ALICE } from "../../support/edge.ts";
import { pause } from "../../support/eventually.ts";
import type { RawClient } from "../../support/raw-client.ts";
import type { EdgeProcess } from "./edge-process.ts";
import { request } from "./requests.ts";
import { answerTo } from "./working-upstream.ts";

/** What keep-alive clients met. */
export interface LoadResult {
  /** Requests answered, completely and rightly. */
  readonly right: number;
  /** Requests whose connection ended before anything of an answer came: a client sends such a one again. */
  readonly retryable: readonly string[];
  /** Anything else. */
  readonly wrong: readonly string[];
}

/** Clients that ask one question after the other on connections that persist, until `stop`, or until nobody listens any more. */
export function keepAsking(edge: EdgeProcess, clients: number, user = "alice", authorization = ALICE): { stop(): Promise<LoadResult> } {
  const wrong: string[] = [];
  let right = 0;
  const retryable: string[] = [];
  let stopped = false;

  async function ask(name: number): Promise<void> {
    let persistent: RawClient | undefined;
    const leave = (client: RawClient): void => {
      client.destroy();
      persistent = undefined;
    };
    for (let count = 0; !stopped; count++) {
      let client: RawClient;
      try {
        client = persistent ?? (await connected(edge));
      } catch {
        // The port is closed, or was while the handshake was under way.
        return;
      }
      persistent = client;
      const id = `${user}-${name}-${"i".repeat(count % 19)}-${count}`;
      const before = client.length;
      client.write(request(`/answer?${id}`, { authorization }));
      try {
        const { status, body, field } = await client.response("GET", 20_000);
        if (status === 200 && body === answerTo(id, user)) right++;
        else wrong.push(`${id}: ${status} ${body.slice(0, 100)}`);
        if (field("connection") === "close") leave(client);
      } catch (error) {
        if (client.length === before && (client.ended || client.closed)) retryable.push(id);
        else wrong.push(`${id}: ${String(error)}`);
        leave(client);
      }
      await pause(1);
    }
    persistent?.destroy();
  }

  const asking = Promise.all(Array.from({ length: clients }, (_, name) => ask(name)));
  return {
    async stop() {
      stopped = true;
      await asking;
      return { right, retryable, wrong };
    },
  };
}

/** A client that closes when the edge does, as browsers do. */
async function connected(edge: EdgeProcess): Promise<RawClient> {
  const client = await edge.connect();
  client.socket.on("end", () => client.socket.end());
  return client;
}
