/** Challenges beside ordinary traffic, on an edge whose CA never answers. */
import { mkdir, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";

import { describe, expect, it, onTestFinished } from "vitest";

import type { Challenge } from "../../src/certificates/acme/contract.ts";
import type { ServedName } from "../../src/config/served-name.ts";
import { get, shown } from "../support/acme-edge.ts";
import { makeAuthority, makeCertificate } from "../support/certificates.ts";
import { startEdge, type TestEdgeOptions } from "../support/edge.ts";
import { eventually } from "../support/eventually.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { SILENT_CA, wholeAcmeSettings } from "../support/whole-config.ts";

const NAME: ServedName = { kind: "name", value: "ai.example.com" };
const ADDRESS: ServedName = { kind: "ip", value: "127.0.0.1" };
const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;
const authority = await makeAuthority();
const own = await makeCertificate({ names: ["ai.example.com", "127.0.0.1"], issuer: authority });
const proof = await makeCertificate({ names: ["ai.example.com"] });

const CHALLENGE: Challenge = {
  type: "tls-alpn-01",
  identifier: NAME,
  serverName: "ai.example.com",
  certificate: proof.certificate,
  privateKey: proof.key,
};

interface Rig {
  readonly names?: readonly [ServedName, ...ServedName[]];
  /** Names that have a certificate. */
  readonly certified?: readonly ServedName[];
  readonly options?: Partial<TestEdgeOptions>;
  readonly certs?: string;
}

/** An edge that waits for its CA, and so sends it nothing. */
async function edge({ names = [NAME], certified = [], options = {}, certs }: Rig = {}) {
  const certificates = certs ?? join(await scratchDirectory(), "certs");
  for (const name of names) {
    const folder = join(certificates, name.value);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const last = { server: SILENT_CA.name, staging: false, stage: "directory", code: "unreachable", detail: "" };
    const waiting = { failures: { count: 2, at: Date.now(), next: Date.now() + 600_000, last } };
    await writeFile(join(folder, "renewal.json"), JSON.stringify(waiting));
    if (certified.includes(name)) await writeFile(join(folder, "certificate.pem"), own.key + own.chain, { mode: 0o600 });
  }
  const running = await startEdge({
    upstream: 9,
    domains: names,
    tls: { kind: "acme", ...wholeAcmeSettings({ names, certificates }) },
    ...options,
  });
  onTestFinished(() => running.close());
  const shake = (tls: ConnectionOptions = {}) => shown("127.0.0.1", running.port, "ai.example.com", { ca: authority.root, ...tls });
  return { ...running, certificates, board: running.edge.certificates.challenges!, shake };
}

/** A CA that validates by tls-alpn-01: a handshake, and then nothing. */
function validate(
  port: number,
  options: ConnectionOptions = {},
): Promise<{ readonly alpn: unknown; readonly certificate: string; readonly ended: boolean }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: "127.0.0.1",
      port,
      servername: "ai.example.com",
      ALPNProtocols: ["acme-tls/1"],
      rejectUnauthorized: false,
      ...options,
    });
    let seen: { alpn: unknown; certificate: string } | undefined;
    socket.once(
      "secureConnect",
      () => (seen = { alpn: socket.alpnProtocol, certificate: socket.getPeerX509Certificate()?.toString() ?? "" }),
    );
    socket.once("error", reject);
    socket.once("end", () => seen && resolve({ ...seen, ended: true }));
    socket.resume();
  });
}

describe.each(VERSIONS)("tls-alpn-01 (RFC 8737), %s", (version) => {
  const only = { minVersion: version, maxVersion: version } as const;

  it("is answered before there is any certificate, and the connection is closed after the handshake", async () => {
    const { board, port } = await edge();
    await board.present(CHALLENGE);
    expect(await validate(port, only)).toEqual({ alpn: "acme-tls/1", certificate: proof.certificate, ended: true });
  });

  it("is answered beside a certificate that is in use", async () => {
    const { board, port } = await edge({ certified: [NAME] });
    await board.present(CHALLENGE);
    expect(await validate(port, only)).toMatchObject({ certificate: proof.certificate });
  });

  it.each([
    ["with http/1.1", { ALPNProtocols: ["http/1.1"] }],
    ["without ALPN", {}],
    ["with the challenge's protocol among others", { ALPNProtocols: ["http/1.1", "acme-tls/1"] }],
  ])("is never what a visitor sees (%s)", async (_, alpn) => {
    const { board, shake } = await edge({ certified: [NAME] });
    await board.present(CHALLENGE);
    expect((await shake({ ...only, ...alpn, rejectUnauthorized: true })).issuer.CN).toBe("Test Authority");
  });

  it.each([
    ["with http/1.1", { ALPNProtocols: ["http/1.1"] }],
    ["without ALPN", {}],
  ])("is not what a visitor sees where there is nothing else to show: he gets the alert unrecognized_name (%s)", async (_, alpn) => {
    const { board, shake } = await edge();
    await board.present(CHALLENGE);
    await expect(shake({ ...only, ...alpn })).rejects.toThrow(/unrecognized name/);
  });

  it("of a name that nobody validates fails", async () => {
    const { board, port } = await edge({ certified: [NAME] });
    await board.present(CHALLENGE);
    await expect(validate(port, { ...only, servername: "b.example.com" })).rejects.toThrow(/handshake failure/);
    await board.cleanUp(CHALLENGE);
    await expect(validate(port, only)).rejects.toThrow(/handshake failure/);
  });

  it("may be answered by another edge that shares the directory", async () => {
    const one = await edge();
    const two = await edge({ certs: one.certificates });
    await one.board.present(CHALLENGE);
    expect(await validate(two.port, only)).toMatchObject({ certificate: proof.certificate });
    await one.board.cleanUp(CHALLENGE);
    await expect(validate(two.port, only)).rejects.toThrow(/handshake failure/);
  });

  it("of an address is asked for by its reverse name (RFC 8738 §6)", async () => {
    const { board, port } = await edge({ names: [ADDRESS] });
    await board.present({ ...CHALLENGE, identifier: ADDRESS, serverName: "1.0.0.127.in-addr.arpa" });
    expect(await validate(port, { ...only, servername: "1.0.0.127.in-addr.arpa" })).toMatchObject({ certificate: proof.certificate });
  });
});

it("a ClientHello that comes in two pieces is waited for", async () => {
  const { port, shake } = await edge({ certified: [NAME] });
  expect((await shake()).issuer.CN).toBe("Test Authority");
  const socket = connectTcp(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const tls = connect({ socket, servername: "ai.example.com", ca: authority.root });
  const write = socket.write.bind(socket);
  // The first octets alone, then a pause, then the rest.
  socket.write = (chunk: Buffer, ...rest: never[]) => {
    write(chunk.subarray(0, 7));
    setTimeout(() => write(chunk.subarray(7), ...rest), 50);
    socket.write = write;
    return true;
  };
  await new Promise<void>((resolve, reject) => tls.once("secureConnect", resolve).once("error", reject));
  expect(tls.authorized).toBe(true);
});

it("a client that never completes its ClientHello is cut after the time for the first byte", async () => {
  const { port } = await edge({ certified: [NAME], options: { timeouts: { firstByte: 200 } } });
  const socket = connectTcp(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write(Buffer.from([22, 3, 1, 2, 0, 1]));
  let closed = false;
  socket.on("close", () => (closed = true)).on("error", () => {});
  await eventually(() => closed);
});

it("beside an address that has a certificate, a name that has none gets the alert, too", async () => {
  const { shake, port } = await edge({ names: [ADDRESS, NAME], certified: [ADDRESS] });
  await expect(shake()).rejects.toThrow(/unrecognized name/);
  expect((await shown("127.0.0.1", port, "", { ca: authority.root })).issuer.CN).toBe("Test Authority");
});

describe.each(VERSIONS)("two addresses with a certificate each, %s", (version) => {
  it("a client that names nobody gets the one of the address that it came to", async () => {
    const names = [ADDRESS, { kind: "ip", value: "127.0.0.2" }, NAME] as const;
    const certs = join(await scratchDirectory(), "certs");
    for (const { value } of names) {
      const { chain, key } = await makeCertificate({ names: [value], issuer: authority });
      await mkdir(join(certs, value), { recursive: true, mode: 0o700 });
      await writeFile(join(certs, value, "certificate.pem"), key + chain, { mode: 0o600 });
    }
    const { port } = await edge({ names, certs, options: { hosts: ["0.0.0.0"] } });
    const tls = {
      ca: authority.root,
      rejectUnauthorized: true,
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ["http/1.1"],
    } as const;
    for (const { value } of names.slice(0, 2)) expect((await shown(value, port, "", tls)).subjectaltname).toBe(`IP Address:${value}`);
    expect((await shown("127.0.0.1", port, "ai.example.com", tls)).subjectaltname).toBe("DNS:ai.example.com");
    await expect(shown("127.0.0.1", port, "", { ...tls, ALPNProtocols: ["h2"] })).rejects.toThrow(/no application protocol/);
  });
});

describe("http-01 (RFC 8555 §8.3)", () => {
  const challenge = {
    type: "http-01",
    identifier: NAME,
    token: "evaGxfADs6pSRb2LAv9IZ",
    keyAuthorization: "evaGxfADs6pSRb2LAv9IZ.nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerQ",
  } as const;
  const path = `/.well-known/acme-challenge/${challenge.token}`;

  it.each(["ai.example.com", "whatever.example", "127.0.0.1"])("is answered under the Host %s, as octets", async (host) => {
    const { board, httpPort } = await edge();
    await board.present(challenge);
    const answer = await get("127.0.0.1", httpPort, path, host);
    expect([answer.status, answer.body]).toEqual([200, challenge.keyAuthorization]);
    expect(answer.headers).toMatchObject({ "content-type": "application/octet-stream", "cache-control": "no-store" });
  });

  it("may be answered by another edge that shares the directory", async () => {
    const one = await edge();
    const two = await edge({ certs: one.certificates });
    await one.board.present(challenge);
    expect((await get("127.0.0.1", two.httpPort, path, "ai.example.com")).body).toBe(challenge.keyAuthorization);
    await one.board.cleanUp(challenge);
    expect((await get("127.0.0.1", two.httpPort, path, "ai.example.com")).status).toBe(503);
  });

  it.each([
    `${path}?x`,
    `${path}/`,
    path.slice(0, -1),
    "/.well-known/acme-challenge/",
    "/.well-known/acme-challenge/../../ai.example.com/renewal.json",
    "/.well-known/acme-challenge/..%2f..%2faccount.json",
    `/.well-known/acme-challenge/${"a".repeat(5_000)}`,
    `/x${path}`,
  ])("%s is no challenge: it is answered as anything else there", async (target) => {
    const { board, httpPort } = await edge({ certified: [NAME] });
    await board.present(challenge);
    const answer = await get("127.0.0.1", httpPort, target, "ai.example.com");
    expect(answer.status).toBe(308);
    expect(answer.body).not.toContain(challenge.keyAuthorization);
  });

  it("is not looked for where no certificate is obtained", async () => {
    const running = await startEdge({ upstream: 9 });
    onTestFinished(() => running.close());
    expect((await get("127.0.0.1", running.httpPort, path, "ai.example.com")).status).toBe(308);
  });
});

describe("port 80 before there is a certificate", () => {
  it("says what is happening and loads itself again, and redirects once there is one", async () => {
    const running = await edge({ names: [NAME, { kind: "name", value: "b.example.com" }], certified: [NAME] });
    const answer = await get("127.0.0.1", running.httpPort, "/", "b.example.com");
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ "retry-after": "10", refresh: "10" });
    expect(answer.body).toContain("The certificate is on its way");
    expect((await get("127.0.0.1", running.httpPort, "/x", "ai.example.com")).headers.location).toMatch(
      /^https:\/\/ai\.example\.com:\d+\/x$/,
    );
  });

  it("says it of our own names alone", async () => {
    const { httpPort } = await edge();
    expect((await get("127.0.0.1", httpPort, "/", "evil.example")).status).toBe(421);
  });
});
