/** docs/behind-a-proxy.md: the programs that it puts in front run here with the very lines that it shows, but for ports and paths. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { makeAuthority, makeCertificate } from "../support/certificates.ts";
import { edgeWith } from "../support/edge.ts";
import { freePort, listening } from "../support/ports.ts";
import { rawClient } from "../support/raw-client.ts";
import { OK, type UpstreamScript } from "../support/raw-upstream.ts";
import { HANDSHAKE, request, SWITCHING } from "../support/requests.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { readMarkdown } from "./markdown.ts";

const VISITOR = "127.0.0.9";

/** What is put around the page's lines, and in place of what only fits the page's own machines. */
interface Program {
  readonly name: string;
  /** How its block on the page begins. */
  readonly block: RegExp;
  readonly trust: { readonly proxyProtocol: readonly string[] } | { readonly trustedHops: readonly string[] };
  readonly configuration: (lines: string, place: Place) => string;
  readonly command: (file: string, place: Place) => readonly [string, ...string[]];
}

interface Place {
  readonly directory: string;
  readonly port: number;
  readonly edge: number;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const PROGRAMS: readonly Program[] = [
  {
    name: "haproxy",
    block: /^frontend https/,
    trust: { proxyProtocol: ["127.0.0.1/32"] },
    configuration: (lines, { port, edge }) => lines.replace(":443", `127.0.0.1:${port}`).replace("10.0.0.7:8443", `127.0.0.1:${edge}`),
    command: (file) => ["haproxy", "-db", "-f", file],
  },
  {
    name: "nginx",
    block: /^server \{\s+listen 443 ssl/,
    trust: { trustedHops: ["127.0.0.1/32"] },
    configuration: (lines, { directory, port, edge, ca, certificate, key }) => `
      daemon off; error_log stderr; pid ${directory}/nginx.pid; events {}
      http {
        access_log off; client_body_temp_path ${directory}; proxy_temp_path ${directory};
        fastcgi_temp_path ${directory}; uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
        map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
        ${lines
          .replace("listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`)
          .replace(/# ssl_certificate.*/, `ssl_certificate ${certificate}; ssl_certificate_key ${key};`)
          .replace("127.0.0.1:8443", `127.0.0.1:${edge}`)
          .replace(/\S+\/local-ca\/ca\.pem/, ca)}
      }`,
    command: (file, { directory }) => ["nginx", "-p", directory, "-c", file],
  },
  {
    name: "caddy",
    block: /^ai\.example\.com \{\s+reverse_proxy/,
    trust: { trustedHops: ["127.0.0.1/32"] },
    configuration: (lines, { directory, port, edge, ca, certificate, key }) => `
{
  admin off
  auto_https disable_redirects
  storage file_system ${directory}
}
${lines
  .replace("ai.example.com {", `https://ai.example.com:${port} {\n bind 127.0.0.1\n tls ${certificate} ${key}`)
  .replace("127.0.0.1:8443", `127.0.0.1:${edge}`)
  .replace(/\S+\/local-ca\/ca\.pem/, ca)}`,
    command: (file) => ["caddy", "run", "--adapter", "caddyfile", "--config", file],
  },
];

for (const program of PROGRAMS) {
  const isThere = spawnSync("which", [program.name]).status === 0;
  if (!isThere) console.error(`\n*** SKIPPED: ${program.name} in front of the edge: it is not installed. ***\n`);
  test.skipIf(!isThere)(`${program.name}, as the page has it: the Gateway learns who the visitor is, and WebSockets go through`, () =>
    standsInFront(program),
  );
}

async function standsInFront({ block, trust, configuration, command }: Program): Promise<void> {
  const page = readMarkdown(await readFile(new URL("../../docs/behind-a-proxy.md", import.meta.url), "utf8"));
  const lines = page.blocks.find(({ text }) => block.test(text))?.text ?? "";
  const answer: UpstreamScript = (peer) => void peer.head().then((head) => peer.write(/^sec-websocket-key:/im.test(head) ? SWITCHING : OK));
  const issuer = await makeAuthority();
  const { port: edge, upstream } = await edgeWith(answer, { ...trust, issuer, limits: { idleUpstream: 0 } });

  const directory = await scratchDirectory();
  const path = (name: string): string => join(directory, name);
  const { chain, key } = await makeCertificate({ names: ["ai.example.com"], issuer });
  const place = { directory, port: await freePort(), edge, ca: path("ca.pem"), certificate: path("chain.pem"), key: path("key.pem") };
  await Promise.all([writeFile(place.ca, issuer.root), writeFile(place.certificate, chain), writeFile(place.key, key)]);
  await writeFile(path("configuration"), configuration(lines, place));
  await running(command(path("configuration"), place), place);

  const client = await rawClient({ port: place.port, ca: issuer.root, localAddress: VISITOR });
  onTestFinished(() => client.destroy());
  client.write(request("GET /", ["X-Forwarded-For: 203.0.113.66"]));
  expect((await client.response()).status).toBe(200);
  client.write(request("GET /chat", HANDSHAKE));
  expect((await client.response()).status).toBe(101);
  const heads = upstream.peers.map(({ text }) => text).filter((text) => text !== "");
  expect(heads.map((head) => /^X-Forwarded-For: (.*)\r$/m.exec(head)?.[1])).toEqual([VISITOR, VISITOR]);
  expect(heads.map((head) => /^X-Forwarded-User: (.*)\r$/m.exec(head)?.[1])).toEqual(["alice", "alice"]);
}

/** Runs the program until the test has ended; resolves when it listens. */
async function running([command, ...args]: readonly [string, ...string[]], { directory, port }: Place): Promise<void> {
  const child = spawn(command, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, HOME: directory } });
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data.toString()));
  await listening(child, port, () => said);
}
