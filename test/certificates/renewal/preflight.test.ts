/** Pre-flights at a name server and listeners of our own. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcp, type AddressInfo, type Server } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { createChallengeBoard, type ChallengeBoard } from "../../../src/certificates/challenge-board.ts";
import { openFileStore } from "../../../src/certificates/file-store.ts";
import type { Finding } from "../../../src/certificates/errand/errand.ts";
import { lookAround } from "../../../src/certificates/errand/look-around.ts";
import { createPreflight } from "../../../src/certificates/renewal/preflight.ts";
import type { Challenge } from "../../../src/certificates/acme/contract.ts";
import type { ChallengeType } from "../../../src/config/acme-settings.ts";
import type { ServedName } from "../../../src/config/served-name.ts";
import { isDecidable, createTlsAlpn01 } from "../../../src/listener/tls-alpn-01.ts";
import { startNameServer } from "../../support/dns.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const NAME: ServedName = { kind: "name", value: "ai.example.com" };
const HOST = "127.66.0.1";
const NOWHERE = "127.66.0.9";

async function listening(server: Server, host = HOST): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Listeners that answer as the edge's do. */
async function ours(board: ChallengeBoard): Promise<{ readonly http: number; readonly https: number }> {
  const answer: RequestListener = (request, response) => {
    void (async () => response.end(await board.keyAuthorization((request.url ?? "").split("/").at(-1) ?? "")))();
  };
  const take = createTlsAlpn01({ has: () => true, context: (name) => board.context(name) }, 2_000);
  const tls = createTcp((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head) => {
      socket.pause();
      socket.unshift(head);
      if (!isDecidable(head) || !take(socket, head)) socket.destroy();
    });
  });
  return { http: await listening(createServer(answer)), https: await listening(tls) };
}

interface Rig {
  readonly records?: Readonly<Record<string, readonly string[]>>;
  readonly caa?: Readonly<Record<string, readonly string[]>>;
  readonly challenges?: readonly [ChallengeType, ...ChallengeType[]];
  readonly ports?: Partial<{ readonly http: number; readonly https: number }>;
  readonly name?: ServedName;
  readonly identities?: readonly string[];
  readonly own?: readonly string[];
}

async function preflight(rig: Rig = {}): Promise<{ readonly findings: readonly Finding[] }> {
  const board = createChallengeBoard(await openFileStore(await scratchDirectory()), recordingLog());
  const validation = { ...(await ours(board)), ...rig.ports };
  const names = await startNameServer(HOST, rig.records ?? { [NAME.value]: [HOST] });
  onTestFinished(() => names.close());
  for (const [name, issuers] of Object.entries(rig.caa ?? {})) names.caa.set(name, issuers);
  const errand = {
    kind: "preflight",
    name: rig.name ?? NAME,
    challenges: rig.challenges ?? ["http-01", "tls-alpn-01"],
    ports: validation,
    caaIdentities: rig.identities ?? ["ca.example"],
    ownAddresses: rig.own ?? [],
    nameServer: names.address,
  } as const;
  return { findings: await lookAround(errand, (challenge) => board.present(challenge)) };
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createTcp();
  const port = await listening(server);
  server.close();
  return port;
}

describe("a pre-flight", () => {
  it("finds nothing where a CA would find our answers, on both ports", async () => {
    expect((await preflight()).findings).toEqual([]);
  });

  it("of a bare address looks at that address", async () => {
    expect((await preflight({ name: { kind: "ip", value: HOST }, records: {} })).findings).toEqual([]);
  });

  it("says that a name has no address", async () => {
    expect((await preflight({ records: {} })).findings).toMatchObject([
      { code: "noAddress", what: "ai.example.com has no address in the DNS.", mend: expect.stringContaining("Add an A record") },
    ]);
  });

  it("says which port of which address refuses, and what to do", async () => {
    const { findings } = await preflight({ ports: { http: await closedPort() } });
    expect(findings).toMatchObject([
      { code: "port80", what: `${HOST}:80 refuses connections.`, mend: expect.stringContaining("Forward it to this edge") },
    ]);
  });

  it("looks at every address: one that leads elsewhere is enough", async () => {
    const { findings } = await preflight({ records: { [NAME.value]: [HOST, NOWHERE] } });
    expect(findings.map(({ what }) => what).toSorted()).toEqual([
      `${NOWHERE}:443 refuses connections.`,
      `${NOWHERE}:80 refuses connections.`,
    ]);
  });

  it("looks at IPv6 too, which CAs prefer", async () => {
    const { findings } = await preflight({ records: { [NAME.value]: [HOST, "::1"] } });
    expect(findings.map(({ what }) => what).toSorted()).toEqual(["[::1]:443 refuses connections.", "[::1]:80 refuses connections."]);
  });

  it("knows another program that answers in our place, on either port", async () => {
    const stranger = await listening(
      createServer((_, response) => response.writeHead(301, { location: "https://evil.example/" }).end("text of a stranger")),
    );
    const { findings } = await preflight({ ports: { http: stranger, https: stranger } });
    expect(findings).toMatchObject([{ code: "port80" }, { code: "port443" }]);
    for (const { what } of findings) expect(what).toMatch(/is answered by another program or machine/);
    expect(JSON.stringify(findings)).not.toMatch(/evil|stranger/);
  });

  it("does not look at a port that is not needed", async () => {
    expect((await preflight({ challenges: ["tls-alpn-01"], ports: { http: await closedPort() } })).findings).toEqual([]);
    expect((await preflight({ challenges: ["http-01"], ports: { https: await closedPort() } })).findings).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, readonly string[]>>, boolean]>([
    ["no records", {}, true],
    ["the CA at the name", { "ai.example.com": ["ca.example"] }, true],
    ["the CA with parameters", { "ai.example.com": ["ca.example; validationmethods=http-01"] }, true],
    ["the CA among others", { "example.com": ["other.example", "CA.example"] }, true],
    ["another CA at the name", { "ai.example.com": ["other.example"] }, false],
    ["another CA at the domain above", { "example.com": ["other.example"] }, false],
    ["nobody", { "example.com": [";"] }, false],
    [
      "the CA at the name and another above it (the closest decides)",
      { "ai.example.com": ["ca.example"], "example.com": ["other.example"] },
      true,
    ],
  ])("reads CAA records (RFC 8659): %s", async (_, caa, permitted) => {
    const { findings } = await preflight({ caa, records: { [NAME.value]: [HOST], "*": [] } });
    expect(findings.map(({ code, mend }) => `${code} ${mend}`)).toEqual(
      permitted ? [] : ['caa Add one to the DNS: CAA 0 issue "ca.example"'],
    );
  });

  it("tells an address that is not this machine's, but not where our nonce was found all the same (a router forwards it)", async () => {
    const { findings } = await preflight({ records: { [NAME.value]: [HOST, NOWHERE, "::1"] }, own: ["198.51.100.7"] });
    expect(findings.map(({ code, what }) => `${code} ${what}`).toSorted()).toEqual([
      `otherAddress ai.example.com points to ${NOWHERE} (IPv4), which does not lead here; this machine has 198.51.100.7.`,
      "port443 [::1]:443 refuses connections.",
      "port80 [::1]:80 refuses connections.",
    ]);
  });
});

describe("its child process", () => {
  it("does it, and leaves no challenge behind; what a CA calls itself reaches no command unless it is a host name", async () => {
    const board = createChallengeBoard(await openFileStore(await scratchDirectory()), recordingLog());
    const validation = await ours(board);
    const names = await startNameServer(HOST, { [NAME.value]: [HOST] });
    onTestFinished(() => names.close());
    names.caa.set(NAME.value, ["other.example"]);
    const presented: Challenge[] = [];
    const cleaned: Challenge[] = [];
    const watched: ChallengeBoard = {
      ...board,
      present(challenge) {
        presented.push(challenge);
        return board.present(challenge);
      },
      cleanUp(challenge) {
        cleaned.push(challenge);
        return board.cleanUp(challenge);
      },
    };
    const look = createPreflight({ challenges: ["http-01", "tls-alpn-01"], validation }, watched, names.address);
    const findings = await look(NAME, ['x"; rm -rf /', "ca.example"], new AbortController().signal);
    expect(findings).toMatchObject([{ code: "caa", mend: 'Add one to the DNS: CAA 0 issue "ca.example"' }]);
    expect(presented.map(({ type }) => type)).toEqual(["http-01", "tls-alpn-01"]);
    expect(cleaned).toEqual(presented);
  });

  it("dies with the signal", async () => {
    // A name server that takes questions and answers none.
    const silent = createSocket("udp4").bind(0, HOST).unref();
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const board = createChallengeBoard(await openFileStore(await scratchDirectory()), recordingLog());
    const look = createPreflight({ challenges: ["http-01"], validation: { http: 1, https: 1 } }, board, `${HOST}:${silent.address().port}`);
    await expect(look(NAME, [], AbortSignal.timeout(100))).rejects.toMatchObject({ name: "TimeoutError" });
  });
});
