import { request as requestPlain, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestTls } from "node:https";

import type { Dial, FieldLines } from "./gateway-websocket.ts";

export interface HttpRequest {
  readonly method?: string;
  readonly path: string;
  readonly fields?: FieldLines;
  readonly body?: string | Buffer;
}

export interface HttpResponse {
  readonly status: number;
  readonly fields: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** One request on a connection of its own, to the end of its answer. */
export async function fetchHttp(dial: Dial, wanted: HttpRequest): Promise<HttpResponse> {
  const { response } = await openHttp(dial, wanted);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, fields: response.headers, body: Buffer.concat(chunks) };
}

/** One request on a connection of its own, to the head of its answer; `abort` cuts the connection. */
export function openHttp(dial: Dial, wanted: HttpRequest): Promise<{ readonly response: IncomingMessage; readonly abort: () => void }> {
  const { method = "GET", path, fields = [], body } = wanted;
  // The array form sends the fields as they are: in any spelling, and twice where they stand twice.
  const lines = [["Host", dial.authority], ...fields, ...(body === undefined ? [] : [["Content-Length", String(Buffer.byteLength(body))]])];
  const options: RequestOptions & { readonly servername?: string; readonly ca?: string } = {
    host: dial.host,
    port: dial.port,
    method,
    path,
    headers: lines.flat(),
    agent: false,
    ...dial.tls,
  };
  return new Promise((resolve, reject) => {
    const request = (dial.tls ? requestTls : requestPlain)(options, (response) =>
      resolve({ response, abort: () => void request.destroy() }),
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** A body as it arrives. */
export interface Arriving {
  readonly text: () => string;
  /** Resolves once `part` has arrived; rejects after `patience` ms, or at the body's end. */
  waitFor(part: string, patience: number): Promise<void>;
  /** "whole": it came to its proper end; "cut": the connection ended first. */
  readonly ended: Promise<"whole" | "cut">;
}

export function watchBody(response: IncomingMessage): Arriving {
  let text = "";
  response.setEncoding("utf8");
  response.on("data", (data: string) => void (text += data));
  const ended = new Promise<"whole" | "cut">((resolve) => {
    response.once("end", () => resolve("whole")).once("error", () => resolve("cut"));
  });
  return {
    text: () => text,
    ended,
    waitFor: (part, patience) =>
      new Promise((resolve, reject) => {
        const stop = (settle: () => void): void => {
          clearTimeout(timer);
          response.off("data", look);
          settle();
        };
        const look = (): void => void (text.includes(part) && stop(resolve));
        const timer = setTimeout(
          () => stop(() => reject(new Error(`"${part}" did not arrive within ${patience} ms, but: ${text}`))),
          patience,
        );
        void ended.then((how) => stop(() => reject(new Error(`The body ended (${how}) before "${part}" arrived: ${text}`))));
        response.on("data", look);
        look();
      }),
  };
}
