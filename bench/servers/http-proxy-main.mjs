/**
 * The process of the http-proxy competitor: what people write around it, with the check cached so that it is not bcrypt that is measured.
 * JavaScript, because what strips types at run time would stay in memory and be on the competitor's bill.
 * Its one argument: a ServerContext as JSON, with `prefix`, the directory that http-proxy is installed in.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";

import bcrypt from "bcryptjs";

const context = JSON.parse(process.argv[2] ?? "{}");
const { createProxyServer } = createRequire(join(context.prefix, "package.json"))("http-proxy");

const hashes = new Map(context.accounts.map(({ name, hash }) => [name, hash]));
const verified = new Map();
const proxy = createProxyServer({
  target: { host: "127.0.0.1", port: context.upstreamPort },
  agent: new Agent({ keepAlive: true, maxFreeSockets: 64 }),
  xfwd: true,
});
proxy.on("error", (_error, _request, response) => response.destroy());

const server = createServer({ cert: readFileSync(context.certificate), key: readFileSync(context.key) }, async (request, response) => {
  const user = await signIn(request);
  if (user !== undefined) proxy.web(identified(request, user), response);
  else response.writeHead(401, { "WWW-Authenticate": 'Basic realm="OpenClaw"', "Content-Length": 0 }).end();
});
server.on("upgrade", async (request, socket, head) => {
  const user = await signIn(request);
  if (user !== undefined) proxy.ws(identified(request, user), socket, head);
  else socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="OpenClaw"\r\nContent-Length: 0\r\n\r\n');
});
server.listen({ port: context.port, host: "127.0.0.1", backlog: 4096 });

async function signIn(request) {
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

function identified(request, user) {
  delete request.headers.authorization;
  request.headers["x-forwarded-user"] = user;
  return request;
}
