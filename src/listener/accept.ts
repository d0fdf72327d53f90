import net from "node:net";

import type { Client } from "../exchange.ts";
import type { Swept, Sweeper } from "../proxy/sweeper.ts";
import type { Admission } from "./admission.ts";
import { clientOf } from "./client-address.ts";

export interface AcceptOptions {
  readonly admission: Admission;
  readonly sweeper: Sweeper;
  /** Every socket that is open, those included that have said nothing or are still in their handshake: whoever stops the edge cuts them. */
  readonly accepted: Set<net.Socket>;
  /** Milliseconds from accept to the first byte. */
  readonly firstByte: number;
  /** Takes a connection whose first byte has come (it has been put back into the socket). */
  readonly serve: (socket: net.Socket, client: Client, firstByte: number) => void;
  /** A connection was refused because its client, or everybody together, has too many. */
  readonly refused: (client: Client) => void;
}

/**
 * A listening socket that looks at each connection's first byte before anything is spent on it: somebody who connects and says nothing
 * costs a socket, and no TLS state.
 */
export function createAcceptor(options: AcceptOptions): net.Server {
  const server = net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, pauseOnConnect: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    const client = clientOf(socket);
    if (client === undefined) return void socket.destroy();
    if (!options.admission.enter(client)) {
      options.refused(client);
      return void socket.destroy();
    }
    options.accepted.add(socket);
    socket.once("close", () => {
      options.accepted.delete(socket);
      options.admission.leave(client);
    });
    new FirstByte(socket, client, options);
  });
  return server;
}

class FirstByte implements Swept {
  readonly #deadline: number;
  readonly #socket: net.Socket;

  constructor(socket: net.Socket, client: Client, options: AcceptOptions) {
    this.#socket = socket;
    this.#deadline = performance.now() + options.firstByte;
    options.sweeper.add(this);
    const onClose = (): void => options.sweeper.delete(this);
    const onEnd = (): void => void socket.destroy();
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) {
        // The client has gone without a word. (A readable event without data is the end of the stream.)
        if (socket.readableEnded || !socket.readable) socket.destroy();
        return;
      }
      socket.removeListener("readable", onReadable);
      socket.removeListener("close", onClose);
      socket.removeListener("end", onEnd);
      options.sweeper.delete(this);
      socket.unshift(chunk);
      options.serve(socket, client, chunk[0] as number);
    };
    socket.once("close", onClose);
    socket.on("readable", onReadable);
    socket.once("end", onEnd);
  }

  sweep(now: number): void {
    if (now > this.#deadline) this.#socket.destroy();
  }
}
