import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { UpstreamTarget } from "../config/edge-config.ts";
import { demoPage, DEMO_POLICY } from "./page.ts";
import { echoWebSocket } from "./websocket.ts";

export interface DemoUpstream {
  readonly target: UpstreamTarget;
  close(): Promise<void>;
}

/** Octets of a body that `/echo` shows as text; all of them are counted and hashed. */
const SHOWN_BODY = 65_536;
/** Milliseconds between two events of `/events`. */
const EVENT_INTERVAL = 1_000;

/**
 * A stand-in for the Gateway to look at the edge with: `/` shows the identity it was given, `/ws` sends WebSocket
 * messages back, `/events` streams server-sent events, `/echo` answers with the request as JSON.
 *
 * @param socket Path of a unix socket; undefined takes a free port on 127.0.0.1.
 */
export async function startDemoUpstream(socket?: string): Promise<DemoUpstream> {
  // Fields are answered with as they came, duplicates and all; a proxy's mistakes must show.
  const server = createServer({ joinDuplicateHeaders: true, keepAliveTimeout: 60_000 }, respond);
  server.on("upgrade", (request, stream, head) => {
    if (pathOf(request) === "/ws") return echoWebSocket(request, stream, head);
    stream.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  server.on("connection", (connection) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
  });
  const connections = new Set<{ destroy(): void }>();

  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(socket === undefined ? { host: "127.0.0.1", port: 0 } : { path: socket }, listening.resolve);
  await listening.promise;
  server.off("error", listening.reject);

  return {
    target:
      socket === undefined
        ? { kind: "tcp", host: "127.0.0.1", port: (server.address() as AddressInfo).port }
        : { kind: "unix", path: socket },
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      // Upgraded sockets are no longer the server's own.
      for (const connection of connections) connection.destroy();
      await closed.promise;
    },
  };
}

function respond(request: IncomingMessage, response: ServerResponse): void {
  const path = pathOf(request);
  if (path === "/echo") return void echo(request, response);
  if (request.method !== "GET" && request.method !== "HEAD") return answer(response, 405, "text/plain", "Only GET, except for /echo.\n");
  if (path === "/") return answer(response, 200, "text/html", demoPage(fieldsOf(request)), [["Content-Security-Policy", DEMO_POLICY]]);
  if (path === "/events") return stream(response);
  answer(response, 404, "text/plain", "The demo has /, /echo, /events and /ws.\n");
}

/** The request as it arrived: what the edge made of the client's. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const digest = createHash("sha256");
  const shown: Buffer[] = [];
  let octets = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      digest.update(chunk);
      if (octets < SHOWN_BODY) shown.push(chunk.subarray(0, SHOWN_BODY - octets));
      octets += chunk.length;
    }
  } catch {
    // The client left in the middle of its body: there is nobody to answer.
    return;
  }
  const body = { octets, sha256: digest.digest("hex"), text: Buffer.concat(shown).toString("utf8") };
  const { method, url, httpVersion } = request;
  answer(
    response,
    200,
    "application/json",
    `${JSON.stringify({ method, target: url, version: httpVersion, fields: fieldsOf(request), body }, undefined, 2)}\n`,
  );
}

/** Server-sent events until the client leaves. */
function stream(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  let count = 0;
  const send = (): void => {
    count += 1;
    response.write(`id: ${count}\nevent: tick\ndata: ${JSON.stringify({ count, time: new Date().toISOString() })}\n\n`);
  };
  send();
  const timer = setInterval(send, EVENT_INTERVAL);
  response.on("close", () => clearInterval(timer));
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  more: readonly (readonly [string, string])[] = [],
): void {
  response.setHeader("Content-Type", `${type}; charset=utf-8`);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  for (const [name, value] of more) response.setHeader(name, value);
  response.writeHead(status).end(response.req.method === "HEAD" ? undefined : body);
}

function fieldsOf(request: IncomingMessage): readonly (readonly [name: string, value: string])[] {
  const { rawHeaders } = request;
  return Array.from(
    { length: rawHeaders.length / 2 },
    (_, index) => [rawHeaders[index * 2] ?? "", rawHeaders[index * 2 + 1] ?? ""] as const,
  );
}

const pathOf = (request: IncomingMessage): string => (request.url ?? "/").split("?", 1)[0] ?? "/";
