import { request } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { Duplex } from "node:stream";

import type { ReadResponse } from "./read-response.ts";

/** What node:http's client understood of the bytes that answered it. */
export interface PeerResponse {
  readonly response: ReadResponse | undefined;
  readonly interim: readonly number[];
  readonly error: string | undefined;
}

class Wire extends Duplex {
  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}

/** Reads a response with node:http's real client, over a Duplex: "data" runs its parser synchronously, "end" is the connection's close. */
export async function readWithNodeClient(reads: readonly Uint8Array[], method: string): Promise<PeerResponse> {
  const socket = new Wire();
  const interim: number[] = [];
  const pieces: Buffer[] = [];
  let error: string | undefined;
  let message: IncomingMessage | undefined;
  let persistent = false;

  // With `Connection: keep-alive`, `shouldKeepAlive` says afterwards what the answer allows.
  const sent = request({ method, createConnection: () => socket, headers: { host: "a", connection: "keep-alive" } });
  sent.on("information", ({ statusCode }) => interim.push(statusCode));
  sent.on("error", (cause: NodeJS.ErrnoException) => (error ??= cause.code ?? cause.message));
  sent.on("upgrade", (response) => (message = response));
  sent.on("response", (response) => {
    message = response;
    persistent = (sent as unknown as { readonly shouldKeepAlive: boolean }).shouldKeepAlive;
    const push = response.push.bind(response);
    response.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (Buffer.isBuffer(chunk)) pieces.push(Buffer.from(chunk));
      return push(chunk, encoding);
    };
    response.on("error", () => undefined).resume();
  });
  sent.end();
  await assigned(sent);

  for (const bytes of reads) {
    if (socket.destroyed) break;
    socket.emit("data", Buffer.from(bytes));
  }
  if (!socket.destroyed) socket.emit("end");
  const complete = message?.complete === true || message?.statusCode === 101;
  const response = message === undefined ? undefined : understood(message, Buffer.concat(pieces), complete, persistent);
  socket.destroy();
  // Errors of the parser are told on the next turn.
  await new Promise((resolve) => process.nextTick(resolve));
  return { response, interim, error };
}

function assigned(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => sent.once("socket", () => resolve()));
}

function understood(message: IncomingMessage, body: Buffer, complete: boolean, persistent: boolean): ReadResponse {
  return { status: message.statusCode ?? 0, reason: message.statusMessage ?? "", fields: message.rawHeaders, persistent, body, complete };
}
