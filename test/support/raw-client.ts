import { connect as connectPlain, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";

import { eventually, pause } from "./eventually.ts";
import { Received } from "./received.ts";

/** A response, taken off the connection. */
export interface RawResponse {
  readonly status: number;
  /** Status line and field lines, with the empty line. Latin1. */
  readonly head: string;
  /** Field lines in order, as sent. */
  readonly lines: readonly string[];
  /** The value of the first field with that name (lower case). */
  field(key: string): string | undefined;
  /** Without framing. Latin1. */
  readonly body: string;
}

export interface RawClientOptions {
  readonly port: number;
  /** PEM of the authority; without one the certificate is not checked. */
  readonly ca?: string | undefined;
  /** Default `ai.example.com`. */
  readonly servername?: string;
  /** Plain TCP. */
  readonly plain?: boolean;
  /** TLS 1.2, looking at the records, so that `closeNotify` tells whether the end was announced (RFC 8446 §6.1). */
  readonly tapped?: boolean;
  readonly tls?: ConnectionOptions;
  /** Octets in front of everything else, TLS included; each piece is a packet of its own. */
  readonly preamble?: readonly Uint8Array[];
  /** 127.0.0.1 by default; any of 127.0.0.0/8 makes another client prefix. */
  readonly localAddress?: string;
}

/** A client that writes octets and sees octets. Half-open: it never closes by itself. */
export class RawClient extends Received {
  #taken = 0;

  readonly #tcp: Socket;
  readonly #alerts: { readonly seen: boolean };

  /** @param tcp the connection under a TLS socket */
  constructor(socket: TLSSocket | Socket, tcp: Socket = socket, alerts: { readonly seen: boolean } = { seen: false }) {
    super(socket);
    this.#tcp = tcp;
    this.#alerts = alerts;
  }

  /** With `tapped`: an alert record came. */
  get closeNotify(): boolean {
    return this.#alerts.seen;
  }

  /** What was received and not yet taken by `response`. */
  get rest(): string {
    return this.bytes.toString("latin1", this.#taken);
  }

  write(data: string | Uint8Array): this {
    if (typeof data === "string") this.socket.write(data, "latin1");
    else this.socket.write(data);
    return this;
  }

  /** Waits until what came and was not taken holds `text`; resolves to it. */
  async until(text: string, timeout = 5_000): Promise<string> {
    await eventually(
      () => this.rest.includes(text) || this.closed,
      timeout,
      () => this.#waitsFor(JSON.stringify(text)),
    );
    if (!this.rest.includes(text)) throw new Error(this.#waitsFor(JSON.stringify(text)));
    return this.rest;
  }

  /** Waits for so many octets that were not taken, and takes them. */
  async take(octets: number, timeout = 5_000): Promise<Buffer> {
    await eventually(
      () => this.length - this.#taken >= octets || this.closed,
      timeout,
      () => this.#waitsFor(`${octets} octets`),
    );
    const taken = this.bytes.subarray(this.#taken, this.#taken + octets);
    this.#taken += taken.length;
    return taken;
  }

  /** The next response; `method` as in the request, since an answer to HEAD has no body. 1xx responses are taken one by one too. */
  async response(method = "GET", timeout = 5_000): Promise<RawResponse> {
    let response: { readonly response: RawResponse; readonly octets: number } | undefined;
    await eventually(
      () => (response = parseResponse(this.rest, method, this.ended || this.closed)) !== undefined || this.closed,
      timeout,
      () => this.#waitsFor("a response"),
    );
    if (response === undefined) throw new Error(this.#waitsFor("a response"));
    this.#taken += response.octets;
    return response.response;
  }

  /** Waits until the edge has ended its side. */
  async end(timeout = 5_000): Promise<void> {
    await eventually(
      () => this.ended || this.closed,
      timeout,
      () => this.#waitsFor("the end"),
    );
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Leaves with RST. */
  reset(): void {
    this.#tcp.resetAndDestroy();
    this.socket.destroy();
  }

  #waitsFor(what: string): string {
    const state = this.closed ? "closed" : this.ended ? "ended" : "open";
    return `The client waits for ${what}; the connection is ${state}${this.error ? ` (${this.error.message})` : ""} and brought ${JSON.stringify(this.rest.slice(0, 600))}`;
  }
}

/** Connects, and completes the handshake. */
export async function rawClient(options: RawClientOptions): Promise<RawClient> {
  const { port, ca, servername = "ai.example.com", plain = false, tapped = false, localAddress, tls, preamble = [] } = options;
  const where = { host: "127.0.0.1", port, ...(localAddress && { localAddress }) };
  if (plain) {
    const socket = connectPlain({ ...where, allowHalfOpen: true, noDelay: true });
    const client = new RawClient(socket);
    await opened(client, "connect");
    return client;
  }
  const plainSocket = connectPlain({ ...where, allowHalfOpen: true, noDelay: true });
  for (const piece of preamble) {
    await new Promise((resolve) => plainSocket.write(piece, resolve));
    await pause(10);
  }
  const alerts = { seen: false };
  const socket = connect({
    // `allowHalfOpen` is an option of tls.connect that its types leave out.
    ...({ allowHalfOpen: true } as object),
    socket: tapped ? tap(plainSocket, alerts) : plainSocket,
    servername,
    rejectUnauthorized: ca !== undefined,
    ...(ca !== undefined && { ca }),
    ...(tapped && { maxVersion: "TLSv1.2" as const }),
    ...tls,
  });
  const client = new RawClient(socket, plainSocket, alerts);
  plainSocket.on("error", (error) => socket.destroy(error));
  await opened(client, "secureConnect");
  return client;
}

async function opened(client: RawClient, event: string): Promise<void> {
  let open = false;
  client.socket.once(event, () => (open = true));
  await eventually(
    () => open || client.closed,
    5_000,
    () => `No ${event}`,
  );
  if (!open) throw client.error ?? new Error(`closed before ${event}`);
}

/** The octets of a connection as they are, with a look at the TLS records from the server: content type 21 is an alert (RFC 5246 §6.2.1). */
function tap(socket: Socket, alerts: { seen: boolean }): Duplex {
  let pending = Buffer.alloc(0);
  const duplex = new Duplex({
    allowHalfOpen: true,
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, callback) => void socket.write(chunk, callback),
    final: (callback) => void socket.end(callback),
    destroy: (error, callback) => {
      socket.destroy();
      callback(error);
    },
  });
  socket.on("data", (data: Buffer) => {
    pending = Buffer.concat([pending, data]);
    while (pending.length >= 5 && pending.length >= 5 + pending.readUInt16BE(3)) {
      if (pending[0] === 21) alerts.seen = true;
      pending = pending.subarray(5 + pending.readUInt16BE(3));
    }
    if (!duplex.push(data)) socket.pause();
  });
  socket.on("end", () => duplex.push(null));
  socket.on("close", () => duplex.destroy());
  return duplex;
}

function parseResponse(
  text: string,
  method: string,
  over: boolean,
): { readonly response: RawResponse; readonly octets: number } | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd + 4);
  const [statusLine = "", ...lines] = head.slice(0, -4).split("\r\n");
  const field = (key: string): string | undefined => {
    const line = lines.find((candidate) => candidate.toLowerCase().startsWith(`${key}:`));
    return line?.slice(key.length + 1).trim();
  };
  const status = Number(statusLine.slice(9, 12));
  const rest = text.slice(headEnd + 4);
  const body = parseBody(rest, { method, status, field, over });
  if (body === undefined) return undefined;
  return { response: { status, head, lines, field, body: body.text }, octets: headEnd + 4 + body.octets };
}

function parseBody(
  rest: string,
  message: { readonly method: string; readonly status: number; readonly field: RawResponse["field"]; readonly over: boolean },
): { readonly text: string; readonly octets: number } | undefined {
  const { method, status, field, over } = message;
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return { text: "", octets: 0 };
  if (field("transfer-encoding") === "chunked") {
    let text = "";
    for (let index = 0; ;) {
      const line = /^([0-9a-f]+)\r\n/.exec(rest.slice(index, index + 16));
      if (line === null) return undefined;
      const size = Number.parseInt(line[1] as string, 16);
      const start = index + line[0].length;
      if (rest.length < start + size + 2) return undefined;
      text += rest.slice(start, start + size);
      index = start + size + 2;
      if (size === 0) return { text, octets: index };
    }
  }
  const length = field("content-length");
  if (length === undefined) return over ? { text: rest, octets: rest.length } : undefined;
  return rest.length < Number(length) ? undefined : { text: rest.slice(0, Number(length)), octets: Number(length) };
}
