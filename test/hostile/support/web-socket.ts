import { randomBytes } from "node:crypto";

import { ALICE } from "../../support/edge.ts";
import type { RawClient } from "../../support/raw-client.ts";
import type { EdgeProcess } from "./edge-process.ts";
import { webSocketRequest } from "./requests.ts";

/** A text message as a client sends it: masked (RFC 6455 §5.3). At most 125 octets. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  for (let index = 0; index < payload.length; index++) payload[index] = (payload[index] as number) ^ (mask[index % 4] as number);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload]);
}

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The whole frames in octets from a server, and how many octets behind them are no whole frame. */
export function readFrames(bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: number } {
  const frames: Frame[] = [];
  let index = 0;
  while (index + 2 <= bytes.length) {
    const short = (bytes[index + 1] as number) & 0x7f;
    const start = index + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (start > bytes.length) break;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(index + 2) : Number(bytes.readBigUInt64BE(index + 2));
    if (start + length > bytes.length) break;
    frames.push({ opcode: (bytes[index] as number) & 0x0f, payload: bytes.subarray(start, start + length) });
    index = start + length;
  }
  return { frames, rest: bytes.length - index };
}

/** An open WebSocket through the edge. */
export class Chat {
  readonly client: RawClient;
  readonly #from: number;

  constructor(client: RawClient) {
    this.client = client;
    this.#from = client.bytes.indexOf("\r\n\r\n") + 4;
  }

  static async open(edge: EdgeProcess, target: string, authorization: string = ALICE): Promise<Chat> {
    const client = await edge.connect();
    client.socket.on("end", () => client.socket.end());
    client.write(webSocketRequest(target, authorization));
    const text = await client.until("\r\n\r\n");
    if (!text.startsWith("HTTP/1.1 101 ")) throw new Error(`The WebSocket was not accepted: ${text}`);
    return new Chat(client);
  }

  say(text: string): void {
    this.client.write(textFrame(text));
  }

  get frames(): readonly Frame[] {
    return readFrames(this.client.bytes.subarray(this.#from)).frames;
  }

  /** Octets that are no whole frame. */
  get rest(): number {
    return readFrames(this.client.bytes.subarray(this.#from)).rest;
  }

  /** Messages that came. */
  get heard(): readonly string[] {
    return this.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => payload.toString());
  }

  /** The code of the close frame, when one came. */
  get closeCode(): number | undefined {
    return this.frames.find(({ opcode }) => opcode === 8)?.payload.readUInt16BE(0);
  }
}
