import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

import { eventually } from "./eventually.ts";
import { Received } from "./received.ts";

/** One connection that the edge opened: what it sent, octet by octet, and a way to answer with any octets. */
export class UpstreamPeer extends Received {
  /** Waits until what came holds `text`; resolves to everything received so far. */
  async until(text: string, timeout = 5_000): Promise<string> {
    await eventually(
      () => this.text.includes(text),
      timeout,
      () => `The upstream waits for ${JSON.stringify(text)} and has ${JSON.stringify(this.text.slice(-400))}`,
    );
    return this.text;
  }

  /** Waits for a request's head; resolves to it, with its empty line. */
  async head(): Promise<string> {
    const text = await this.until("\r\n\r\n");
    return text.slice(0, text.indexOf("\r\n\r\n") + 4);
  }

  write(data: string | Uint8Array): boolean {
    return typeof data === "string" ? this.socket.write(data, "latin1") : this.socket.write(data);
  }
}

/** What an upstream does with a connection; it is called when the connection comes, before any octet. */
export type UpstreamScript = (peer: UpstreamPeer, number: number) => unknown;

export interface RawUpstream {
  readonly port: number;
  /** For the connections that are still to come. */
  script: UpstreamScript;
  /** All connections so far, in order. */
  readonly peers: readonly UpstreamPeer[];
  /** Everything that was received, connection after connection. */
  readonly text: string;
  /** Waits for the connection with that number, from 0. */
  peer(number?: number): Promise<UpstreamPeer>;
  /** Cuts all connections and forgets them: for the next test. */
  reset(): void;
  close(): Promise<void>;
}

/** An upstream on 127.0.0.1 that knows no HTTP: it keeps what it is sent and answers what the script writes. Half-open connections stay open. */
export async function startRawUpstream(script: UpstreamScript = () => {}): Promise<RawUpstream> {
  const peers: UpstreamPeer[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new UpstreamPeer(socket);
    peers.push(peer);
    // A script that waits for what never comes ends with its test, whose client tells what was missing.
    Promise.resolve(upstream.script(peer, peers.length - 1)).catch(() => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const upstream: RawUpstream = {
    port: (server.address() as AddressInfo).port,
    script,
    peers,
    get text() {
      return peers.map((peer) => peer.text).join("");
    },
    async peer(number = 0) {
      await eventually(
        () => peers.length > number,
        5_000,
        () => `The edge opened ${peers.length} upstream connections, not ${number + 1}`,
      );
      return peers[number] as UpstreamPeer;
    },
    reset() {
      for (const { socket } of peers.splice(0)) socket.destroy();
    },
    async close() {
      upstream.reset();
      server.close();
      await once(server, "close");
    },
  };
  return upstream;
}

/** Answers every request without a body with the same octets. */
export function answering(response: string | Uint8Array): UpstreamScript {
  return (peer) => {
    let answered = 0;
    peer.socket.on("data", () => {
      const heads = peer.text.split("\r\n\r\n").length - 1;
      for (; answered < heads; answered++) peer.write(response);
    });
    peer.socket.on("end", () => peer.socket.end());
  };
}

/** The shortest answer with a body. */
export const OK = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok";
