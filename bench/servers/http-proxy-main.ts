/** The process of the http-proxy competitor: what people write around it, with the check cached so that it is not bcrypt that is measured. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";

import bcrypt from "bcryptjs";

import type { ServerContext } from "./server.ts";

/** The part of http-proxy that is used; it has no types of its own. */
interface HttpProxy {
  web(request: IncomingMessage, response: ServerResponse): void;
  ws(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  on(event: "error", listener: (error: Error, request: IncomingMessage, response: ServerResponse | Duplex) => void): void;
}

const context = JSON.parse(process.argv[2] ?? "{}") as ServerContext;
const { createProxyServer } = createRequire(import.meta.url)("http-proxy") as {
  createProxyServer(options: object): HttpProxy;
};

const hashes = new Map(context.accounts.map(({ name, hash }) => [name, hash]));
const verified = new Map<string, string>();
const proxy = createProxyServer({
  target: { host: "127.0.0.1", port: context.upstreamPort },
  agent: new Agent({ keepAlive: true, maxFreeSockets: 64 }),
  xfwd: true,
});
proxy.on("error", (_error, _request, response) => response.destroy());

const server: Server = createServer({ cert: readFileSync(context.certificate), key: readFileSync(context.key) }, (request, response) => {
  void signIn(request).then((user) => {
    if (user !== undefined) return proxy.web(identified(request, user), response);
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="OpenClaw"', "Content-Length": 0 }).end();
  });
});
server.on("upgrade", (request, socket, head) => {
  void signIn(request).then((user) => {
    if (user !== undefined) return proxy.ws(identified(request, user), socket, head);
    socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="OpenClaw"\r\nContent-Length: 0\r\n\r\n');
  });
});
server.listen({ port: context.port, host: "127.0.0.1", backlog: 4096 });

async function signIn(request: IncomingMessage): Promise<string | undefined> {
  const authorization = request.headers.authorization ?? "";
  const key = createHash("sha256").update(authorization).digest("base64");
  const known = verified.get(key);
  if (known !== undefined) return known;
  const [, encoded = ""] = /^Basic +(\S+)$/i.exec(authorization) ?? [];
  const [, name = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  const hash = hashes.get(name);
  if (hash === undefined || !(await bcrypt.compare(password, hash))) return undefined;
  verified.set(key, name);
  return name;
}

function identified(request: IncomingMessage, user: string): IncomingMessage {
  delete request.headers.authorization;
  request.headers["x-forwarded-user"] = user;
  return request;
}
