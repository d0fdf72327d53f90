/** Answers challenges where Pebble looks for them: what the edge's own listeners do, for tests of the protocol alone. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { isIPv6 } from "node:net";
import { createSecureContext, createServer as createTlsServer, type Server as TlsServer } from "node:tls";

import { onTestFinished } from "vitest";

import type { Challenge } from "../../src/certificates/acme/contract.ts";

export interface ChallengeServer {
  present(challenge: Challenge): Promise<void>;
  cleanUp(challenge: Challenge): Promise<void>;
  /** Everything that was presented so far. */
  readonly presented: Challenge[];
  /** What is in place now. */
  readonly standing: ReadonlySet<string>;
  /** Types that are not answered although they are presented. */
  readonly silent: Set<Challenge["type"]>;
  close(): Promise<void>;
}

export interface ChallengeServerOptions {
  readonly hosts: readonly string[];
  readonly httpPort: number;
  readonly tlsPort: number;
}

export async function startChallengeServer({ hosts, httpPort, tlsPort }: ChallengeServerOptions, keep = false): Promise<ChallengeServer> {
  const answers = new Map<string, Challenge>();
  const silent = new Set<Challenge["type"]>();
  const presented: Challenge[] = [];
  const servers: (Server | TlsServer)[] = [];
  for (const host of hosts) {
    const http = createServer((request, response) => {
      const found = answers.get(`http-01 ${request.url?.replace("/.well-known/acme-challenge/", "")}`);
      if (found?.type !== "http-01" || silent.has("http-01")) return void response.writeHead(404).end("none");
      response.end(found.keyAuthorization);
    });
    const tls = createTlsServer({
      ALPNProtocols: ["acme-tls/1"],
      SNICallback: (name, callback) => {
        const found = answers.get(`tls-alpn-01 ${name}`);
        if (found?.type !== "tls-alpn-01" || silent.has("tls-alpn-01")) return callback(new Error("No such challenge."));
        callback(null, createSecureContext({ cert: found.certificate, key: found.privateKey }));
      },
    });
    tls.on("tlsClientError", () => {}).on("secureConnection", (socket) => void socket.on("error", () => {}).end());
    await listen(http, httpPort, host);
    await listen(tls, tlsPort, host);
    servers.push(http, tls);
  }
  const close = async (): Promise<void> => {
    for (const server of servers) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  if (!keep) onTestFinished(close);
  return {
    presented,
    silent,
    get standing() {
      return new Set(answers.keys());
    },
    async present(challenge) {
      presented.push(challenge);
      answers.set(placeOf(challenge), challenge);
    },
    async cleanUp(challenge) {
      answers.delete(placeOf(challenge));
    },
    close,
  };
}

const placeOf = (challenge: Challenge): string =>
  challenge.type === "http-01" ? `http-01 ${challenge.token}` : `tls-alpn-01 ${challenge.serverName}`;

async function listen(server: Server | TlsServer, port: number, host: string): Promise<void> {
  server.listen({ port, host, ipv6Only: isIPv6(host) });
  await once(server, "listening");
}
