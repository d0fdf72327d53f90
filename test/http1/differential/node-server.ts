import { createServer, IncomingMessage } from "node:http";
import type { Server, ServerResponse } from "node:http";
import { Duplex } from "node:stream";

import type { PeerReading, ReadRequest } from "./reading.ts";

/** Records what the parser delivers, the moment it does: no stream has to flow for it. */
class RecordedRequest extends IncomingMessage {
  readonly pieces: Buffer[] = [];

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (Buffer.isBuffer(chunk)) this.pieces.push(Buffer.from(chunk));
    return super.push(chunk, encoding);
  }
}

interface Recording {
  readonly requests: { readonly request: RecordedRequest; readonly persistent: boolean; readonly upgraded: boolean }[];
  error: string | undefined;
}

/** A connection without a network: what is emitted as "data" goes straight into node:http's parser, answers are dropped. */
class Wire extends Duplex {
  readonly recording: Recording = { requests: [], error: undefined };

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}

/**
 * What node:http, which the Gateway runs on, reads in a stream of requests. The server is the real one with its defaults;
 * only the socket is a Duplex, whose "data" events run its parser synchronously. That makes 20,000 connections a matter of seconds.
 */
export class NodeServer {
  readonly #server: Server<typeof RecordedRequest>;

  /** @param options.upgrades whether the server has an "upgrade" listener, as the Gateway's has */
  constructor(options: { readonly upgrades: boolean }) {
    this.#server = createServer({ IncomingMessage: RecordedRequest, connectionsCheckingInterval: 2 ** 31 - 1 }, (request, response) => {
      record(request, response.shouldKeepAlive, false);
      answer(response);
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      wire(socket).recording.error ??= error.code ?? error.message;
    });
    if (options.upgrades) this.#server.on("upgrade", (request) => record(request, true, true));
  }

  read(reads: readonly Uint8Array[]): PeerReading {
    const socket = new Wire();
    const { recording } = socket;
    this.#server.emit("connection", socket);
    for (const bytes of reads) {
      if (recording.error !== undefined || socket.destroyed || recording.requests.at(-1)?.upgraded) break;
      socket.emit("data", Buffer.from(bytes));
    }
    const reading: PeerReading = { requests: recording.requests.map(understood), error: recording.error };
    socket.destroy();
    return reading;
  }
}

function record(request: RecordedRequest, persistent: boolean, upgraded: boolean): void {
  wire(request.socket).recording.requests.push({ request, persistent, upgraded });
}

function answer(response: ServerResponse): void {
  response.writeHead(204).end();
}

function wire(socket: unknown): Wire {
  if (socket instanceof Wire) return socket;
  throw new TypeError("not a wire");
}

function understood({ request, persistent, upgraded }: Recording["requests"][number]): ReadRequest {
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    minor: request.httpVersionMinor,
    host: request.headers.host,
    persistent,
    fields: request.rawHeaders,
    body: Buffer.concat(request.pieces),
    complete: request.complete || upgraded,
  };
}
