import type net from "node:net";

import { isMistake, shown } from "../config/read.ts";
import { ConfigurationError, type Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { REQUEST_SIZE, type Answering, type Asking } from "./contract.ts";
import { readLine } from "./line.ts";
import type { Verb } from "./verb.ts";

/** Where rooms and commands say what they answer. */
export interface AdminVerbs {
  /**
   * @param handle a thrown ConfigurationError is the answer "no", with its problems; anything else is a failure and goes into the log.
   * `signal` aborts when whoever asked has left, or ended his side: what takes long should then stop.
   */
  serve<Request, Answer>(verb: Verb<Request, Answer>, handle: (request: Request, signal: AbortSignal) => Answer | Promise<Answer>): void;
}

/** Milliseconds for a request to arrive, and for its answer to be taken. */
const PATIENCE = 5_000;

/** Answers on the admin socket: one request, one answer, and the connection ends. */
export class AdminServer implements AdminVerbs {
  readonly #log: Log;
  readonly #patience: number;
  readonly #handlers = new Map<string, (request: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<Answering>>();
  readonly #open = new Set<net.Socket>();

  constructor(log: Log, patience = PATIENCE) {
    this.#log = log;
    this.#patience = patience;
  }

  serve<Request, Answer>(
    { name, read }: Verb<Request, Answer>,
    handle: (request: Request, signal: AbortSignal) => Answer | Promise<Answer>,
  ): void {
    this.#handlers.set(name, async (written, signal) => {
      const request = read(written);
      if (isMistake(request)) return { problems: [{ where: name, ...request }] };
      return { answer: await handle(request.value, signal) };
    });
  }

  /** A connection to the socket. Its peer is our own user or root, by the socket's mode; it may still be broken, or hang. */
  connected(socket: net.Socket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    socket.on("error", () => socket.destroy());
    void this.#converse(socket).catch((error: unknown) => {
      this.#log.error("An admin request failed inside the edge.", { error });
      socket.destroy();
    });
  }

  /** Cuts whoever is still connected. */
  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async #converse(socket: net.Socket): Promise<void> {
    const line = await readLine(socket, REQUEST_SIZE, this.#patience);
    switch (line.kind) {
      case "ended":
        return void socket.destroy();
      case "late":
        return this.#answer(socket, refusal("No request came in time."));
      case "too-long":
        return this.#answer(socket, refusal(`The request is longer than ${REQUEST_SIZE} octets.`));
      case "line":
        break;
      default:
        line satisfies never;
        return;
    }
    const left = new AbortController();
    // A socket's peer that has gone looks like one that has only ended its side; what answers at once still answers him.
    socket.once("close", () => left.abort()).once("end", () => left.abort());
    socket.resume();
    this.#answer(socket, await this.#handle(line.text, left.signal));
  }

  async #handle(text: string, signal: AbortSignal): Promise<Answering> {
    const asking = parse(text);
    if (asking === undefined) return refusal("The request is not a line of JSON with a verb.");
    const handler = this.#handlers.get(asking.verb);
    if (handler === undefined)
      return refusal(`This edge does not know ${shown(asking.verb)}.`, "Restart it with the version of this command.");
    const { request } = asking;
    try {
      return await handler(isRecord(request) ? request : {}, signal);
    } catch (error) {
      if (error instanceof ConfigurationError) return { problems: error.problems };
      this.#log.error("An admin request failed inside the edge.", { verb: asking.verb, error });
      return refusal("The edge failed at it.", "Its log says why.");
    }
  }

  #answer(socket: net.Socket, answering: Answering): void {
    if (socket.destroyed) return;
    // Whoever does not take his answer is not waited for.
    const cut = setTimeout(() => socket.destroy(), this.#patience);
    socket.once("close", () => clearTimeout(cut));
    socket.end(`${JSON.stringify(answering)}\n`);
    // What else was sent is dropped: without reading, the end of the connection would not be seen.
    socket.resume();
  }
}

function parse(text: string): Asking | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && typeof value["verb"] === "string" ? { verb: value["verb"], request: value["request"] } : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const refusal = (what: string, mend = "See openclaw-edge --help."): { readonly problems: readonly Problem[] } => ({
  problems: [{ where: "the admin socket", what, mend }],
});
