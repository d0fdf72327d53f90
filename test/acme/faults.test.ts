/** A CA that fails in every way it can: what comes back is typed, nothing waits for ever, and no order is made twice. */
import { readdirSync } from "node:fs";

import "reflect-metadata"; // @peculiar/x509 needs it loaded first
import {
  AuthorityKeyIdentifierExtension,
  ExtendedKeyUsageExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createPrivateKey, webcrypto } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { AcmePatience, IssueRequest } from "../../src/certificates/acme/contract.ts";
import { acmeProtocol } from "../../src/certificates/acme/issuer.ts";
import { name, PATIENCE, remembering, requestFor } from "../certificates/acme/support.ts";
import { makeCertificate } from "../support/certificates.ts";
import { startChallengeServer, type ChallengeServer } from "../support/challenge-server.ts";
import { html, problem, startFaultCa, type Answer, type Fault, type FaultCa, type Kind } from "../support/fault-ca.ts";
import { hasPebble, startPebble, type RunningPebble } from "../support/pebble.ts";

const never = new AbortController().signal;

let pebble: RunningPebble;
let solver: ChallengeServer;

interface Bench {
  readonly ca: FaultCa;
  readonly request: IssueRequest;
  readonly heard: ReturnType<typeof remembering>["heard"];
  issue(more?: Partial<IssueRequest>, patience?: Partial<AcmePatience>): ReturnType<ReturnType<typeof acmeProtocol>["issue"]>;
}

async function bench(faults: readonly Fault[], names: IssueRequest["names"] = [name("ai.test")]): Promise<Bench> {
  const ca = await startFaultCa(pebble, faults);
  const { hooks, heard } = remembering(solver);
  const request = await requestFor(ca.directory, names);
  return {
    ca,
    request,
    heard,
    issue: (more, patience) => acmeProtocol({ ...PATIENCE, ...patience }).issue({ ...request, ...more }, hooks, never),
  };
}

const orderFiles = ({ folder }: IssueRequest): readonly string[] => readdirSync(folder).filter((file) => file.startsWith("order-"));

describe.skipIf(!hasPebble)("a CA", () => {
  beforeAll(async () => {
    // Every request counts here: one with a rejected nonce would be a further one.
    pebble = await startPebble({ blocked: ["blocked.test"], rejectedNonces: 0 }, true);
    pebble.names.set("nowhere.test", []);
    solver = await startChallengeServer({ hosts: [pebble.host], httpPort: pebble.httpPort, tlsPort: pebble.tlsPort }, true);
  });
  afterAll(async () => {
    await solver.close();
    await pebble.close();
  });

  describe("that wants to be left alone", () => {
    it.each([
      ["seconds", "3600"],
      ["a date", new Date(Date.now() + 3_600_000).toUTCString()],
    ])("says so with 429 and Retry-After in %s, and it is told and not waited for", async (_, retryAfter) => {
      const { ca, issue } = await bench([{ kind: "newOrder", instead: problem(429, "rateLimited", { "retry-after": retryAfter }) }]);
      const outcome = await issue();
      expect(outcome).toMatchObject({ kind: "failed", stage: "order", problem: { code: "rateLimited", status: 429 } });
      const { retryAfter: seconds } = outcome as { retryAfter?: number };
      expect(seconds).toBeGreaterThan(3_590);
      expect(seconds).toBeLessThanOrEqual(3_600);
      expect(ca.count("newOrder")).toBe(1);
    });

    it("with a limit that its load balancer tells, in HTML", async () => {
      const { issue } = await bench([{ kind: "newAccount", instead: html(429, { "retry-after": "60" }) }]);
      expect(await issue()).toMatchObject({ kind: "failed", stage: "account", problem: { code: "rateLimited" }, retryAfter: 60 });
    });

    it.each(["directory", "newNonce", "authorization", "order"] as const)("for an hour at %s (503) is not asked again", async (kind) => {
      const { ca, issue } = await bench([{ kind, instead: html(503, { "retry-after": "3600" }) }]);
      expect(await issue()).toMatchObject({ kind: "failed", problem: { code: "serverInternal", status: 503 }, retryAfter: 3_600 });
      expect(ca.count(kind)).toBe(1);
    });
  });

  describe("that fails in passing", () => {
    it.each(["directory", "newNonce", "authorization", "order", "certificate"] as const)("with 503 at %s is asked again", async (kind) => {
      const { issue } = await bench([{ kind, nth: 1, instead: html(503) }]);
      expect(await issue()).toMatchObject({ kind: "issued" });
    });

    it.each(["directory", "newNonce", "authorization", "challenge", "order", "finalize", "certificate"] as const)(
      "by cutting the connection at %s, before or after it has acted, is asked again",
      async (kind) => {
        for (const fault of [{ instead: "cut" }, { after: "cut" }] as const) {
          const { ca, issue } = await bench([{ kind, nth: 1, ...fault }]);
          expect(await issue()).toMatchObject({ kind: "issued" });
          expect(ca.accepted("newOrder")).toBe(1);
        }
      },
    );

    it("with 503 for ever is given up after three tries", async () => {
      const { ca, issue } = await bench([{ kind: "directory", instead: html(503) }]);
      expect(await issue()).toMatchObject({ kind: "failed", stage: "directory", problem: { code: "serverInternal", status: 503 } });
      expect(ca.count("directory")).toBe(3);
    });
  });

  describe("that makes an order and does not say so", () => {
    it.each([
      ["with 500", problem(500, "serverInternal")],
      ["with a cut connection", "cut"],
      ["with HTML", html(200)],
      ["with 502 of its load balancer", html(502)],
    ] as const)("%s: the next run finds it, and there is never a second one", async (_, after) => {
      const { ca, issue, heard } = await bench([{ kind: "newOrder", nth: 1, after }], [name("ai.test"), name("b.test")]);
      expect(await issue()).toMatchObject({ kind: "failed", stage: "order" });
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(1);
      expect(heard.orders).toHaveLength(1);
    });

    it("and does not give its list of orders: the order is placed again", async () => {
      const { ca, issue } = await bench([
        { kind: "newOrder", nth: 1, instead: "cut" },
        { kind: "orders", instead: problem(404, "malformed") },
      ]);
      expect(await issue()).toMatchObject({ kind: "failed", problem: { code: "unreachable" } });
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.count("orders")).toBe(1);
    });

    it("among many others' orders, on the last page of its list", async () => {
      const { ca, request, issue } = await bench([{ kind: "newOrder", nth: 6, after: "cut" }]);
      const { hooks } = remembering(solver);
      for (let other = 1; other <= 5; other++) {
        const outcome = await acmeProtocol(PATIENCE).issue({ ...request, names: [name(`other-${other}.test`)] }, hooks, never);
        expect(outcome.kind).toBe("issued");
      }
      expect(await issue()).toMatchObject({ kind: "failed", problem: { code: "unreachable" } });
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(6);
    });
  });

  describe("that never comes to an end", () => {
    it.each(["directory", "newOrder", "certificate"] as const)("in its answer at %s is cut off at the bound", async (kind) => {
      const { issue } = await bench([{ kind, instead: "endless" }]);
      expect(await issue()).toMatchObject({
        kind: "failed",
        problem: { code: "badAnswer", detail: expect.stringContaining("262144 octets") },
      });
    });

    it("and says nothing is left after the time-out", async () => {
      const { issue } = await bench([{ kind: "newOrder", instead: "silence" }]);
      const outcome = await issue({}, { request: 2_500 });
      expect(outcome).toMatchObject({
        kind: "failed",
        stage: "order",
        problem: { code: "unreachable", detail: expect.stringContaining("within 2500 ms") },
      });
    });

    it("with an order stuck in processing is left, and the same order taken up when it has moved", async () => {
      const stuck: Fault = { kind: "order", after: rewritten((order) => ({ ...order, status: "processing", certificate: undefined })) };
      const { ca, issue, request } = await bench([]);
      ca.faults.push({ kind: "finalize", nth: 1, before: () => void ca.faults.push(stuck) });
      expect(await issue({}, { decision: 4_000 })).toMatchObject({ kind: "failed", stage: "finalize", problem: { code: "stillPending" } });
      expect(orderFiles(request)).toHaveLength(1);
      ca.faults.splice(0);
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(1);
    });

    it("with a Retry-After longer than our patience is left at once, and the wait is told", async () => {
      const later: Fault = { kind: "finalize", after: (answer) => ({ ...answer, fields: { ...answer.fields, "retry-after": "600" } }) };
      const { ca, issue } = await bench([later]);
      expect(await issue()).toMatchObject({ kind: "failed", problem: { code: "stillPending" }, retryAfter: 600 });
      ca.faults.splice(0);
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(1);
    });

    it("with an authorization that stays pending is left, and the same order taken up when it has moved", async () => {
      const stuck: Fault = { kind: "authorization", after: rewritten((authorization) => ({ ...authorization, status: "pending" })) };
      const { ca, issue } = await bench([stuck]);
      expect(await issue({}, { decision: 1_000 })).toMatchObject({
        kind: "failed",
        stage: "authorization",
        problem: { code: "stillPending" },
      });
      expect(solver.standing.size).toBe(0);
      ca.faults.splice(0);
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(1);
    });
  });

  describe("whose answers are no ACME", () => {
    it.each(["directory", "newOrder", "authorization", "order"] as const)("but HTML with 200 at %s is a bad answer", async (kind) => {
      const { issue } = await bench([{ kind, instead: html(200) }]);
      expect(await issue()).toMatchObject({
        kind: "failed",
        problem: { code: "badAnswer", detail: "The CA answered text/html in place of JSON." },
      });
    });

    it.each<readonly [string, Kind, (body: Record<string, unknown>) => object]>([
      ["a directory without newOrder", "directory", (directory) => ({ ...directory, newOrder: undefined })],
      ["a directory that leads away from https", "directory", (directory) => ({ ...directory, newOrder: "http://127.0.0.1/" })],
      ["an order with a status of its own", "newOrder", (order) => ({ ...order, status: "blessed" })],
      ["an order for another name", "newOrder", (order) => ({ ...order, identifiers: [{ type: "dns", value: "evil.test" }] })],
      ["an authorization without a name", "authorization", (authorization) => ({ ...authorization, identifier: undefined })],
      ["a token that is a path", "authorization", withToken("../../../../api/v1/admin")],
      ["a token that is HTML", "authorization", withToken("<script>alert(1)</script>")],
    ])("but %s is a bad answer, and nothing is presented", async (_, kind, change) => {
      const { issue } = await bench([{ kind, after: rewritten(change) }]);
      const before = solver.presented.length;
      expect(await issue()).toMatchObject({ kind: "failed", problem: { code: "badAnswer" } });
      expect(solver.presented).toHaveLength(before);
    });

    it("and that redirects is not followed", async () => {
      const { issue } = await bench([
        { kind: "directory", instead: { status: 307, fields: { location: "https://127.0.0.1/dir" }, body: "" } },
      ]);
      expect(await issue()).toMatchObject({ kind: "failed", stage: "directory", problem: { code: "unreachable" } });
    });
  });

  it("that rejects every second nonce issues all the same (RFC 8555 §6.5)", async () => {
    const half = await startPebble({ rejectedNonces: 50 });
    const answers = await startChallengeServer({ hosts: [half.host], httpPort: half.httpPort, tlsPort: half.tlsPort });
    const { hooks } = remembering(answers);
    const request = await requestFor(half.directory, [name("ai.test"), name("b.test"), name("c.test")]);
    expect(await acmeProtocol(PATIENCE).issue(request, hooks, never)).toMatchObject({ kind: "issued" });
  });

  it("that rejects every nonce is given up", async () => {
    const { ca, issue } = await bench([{ kind: "newAccount", instead: problem(400, "badNonce", { "replay-nonce": "abc" }) }]);
    expect(await issue()).toMatchObject({ kind: "failed", stage: "account", problem: { code: "badNonce" } });
    expect(ca.count("newAccount")).toBe(16);
  });

  describe("whose order is ready again after it was finalized", () => {
    it("gets the certificate out of it, when that passes", async () => {
      const { ca, issue } = await bench([]);
      const ready: Fault = {
        kind: "order",
        times: 2,
        after: rewritten((order) => ({ ...order, status: "ready", certificate: undefined })),
      };
      ca.faults.push({ kind: "finalize", nth: 1, before: () => void ca.faults.push(ready) });
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(1);
      expect(ca.accepted("finalize")).toBe(1);
      expect(ca.count("finalize")).toBeGreaterThan(1);
    });

    it("for ever is left as it is", async () => {
      const ready = rewritten((order) => ({ ...order, status: "ready", certificate: undefined }));
      const { ca, issue } = await bench([{ kind: "order", after: ready }]);
      expect(await issue({}, { decision: 4_000 })).toMatchObject({ kind: "failed", stage: "finalize", problem: { code: "stillPending" } });
      ca.faults.splice(0);
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(1);
    });
  });

  describe("that answers a wrong certificate", () => {
    it("for another key: it is refused and never stored, and the next run orders anew", async () => {
      const { chain } = await makeCertificate({ names: ["ai.test"], issuer: pebble.ca });
      const { ca, issue, heard, request } = await bench([{ kind: "certificate", nth: 1, after: pem(chain) }]);
      expect(await issue()).toMatchObject({ kind: "failed", stage: "certificate", problem: { code: "certificateWrongKey" } });
      expect(heard.stored).toEqual([]);
      expect(orderFiles(request)).toEqual([]);
      expect(await issue()).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(2);
    });

    it("that lacks a name: it is refused and never stored", async () => {
      const { ca, issue, heard, request } = await bench([], [name("ai.test"), name("b.test")]);
      ca.faults.push({ kind: "certificate", nth: 1, after: async () => pem(await certificateFor(ca, ["ai.test"])) });
      expect(await issue()).toMatchObject({
        kind: "failed",
        problem: { code: "certificateWrongNames", detail: "The CA's certificate is not for b.test." },
      });
      expect(heard.stored).toEqual([]);
      expect(orderFiles(request)).toEqual([]);
    });

    it("that is none", async () => {
      const { issue, heard } = await bench([{ kind: "certificate", after: html(200) }]);
      expect(await issue()).toMatchObject({ kind: "failed", problem: { code: "certificateUnusable" } });
      expect(heard.stored).toEqual([]);
    });
  });

  describe("that refuses", () => {
    it("one of three names by validation: that one is named, and the other two are served", async () => {
      const { ca, issue, heard } = await bench([], [name("ai.test"), name("nowhere.test"), name("b.test")]);
      const outcome = await issue();
      expect(outcome).toMatchObject({ kind: "failed", stage: "authorization", failedNames: [{ name: name("nowhere.test") }] });
      expect((outcome as { failedNames: readonly unknown[] }).failedNames).toHaveLength(1);
      expect(heard.failures.map(({ name: { value }, challenge }) => `${value} ${challenge}`)).toEqual([
        "nowhere.test http-01",
        "nowhere.test tls-alpn-01",
      ]);
      expect(await issue({ names: [name("ai.test"), name("b.test")] })).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(3);
    });

    it("a name in newOrder: the problem is its own, and no order is left behind", async () => {
      const { issue, request } = await bench([], [name("blocked.test")]);
      expect(await issue()).toMatchObject({ kind: "failed", stage: "order", problem: { code: "rejectedIdentifier", status: 400 } });
      expect(orderFiles(request)).toEqual([]);
    });

    it("two names in newOrder with subproblems (RFC 8555 §6.7.1): both are named", async () => {
      const subproblems = ["b.test", "c.test"].map((value) => ({
        type: "urn:ietf:params:acme:error:rejectedIdentifier",
        detail: "policy",
        identifier: { type: "dns", value },
      }));
      const names = [name("ai.test"), name("b.test"), name("c.test")] as const;
      const { issue } = await bench([{ kind: "newOrder", instead: problem(403, "compound", {}, { subproblems }) }], names);
      expect(await issue()).toMatchObject({
        failedNames: [
          { name: name("b.test"), problem: { code: "rejectedIdentifier", status: 403 } },
          { name: name("c.test"), problem: { code: "rejectedIdentifier", status: 403 } },
        ],
      });
    });

    it("the CSR: the order is forgotten, since it would be refused again", async () => {
      const { issue, request } = await bench([{ kind: "finalize", instead: problem(400, "badCSR") }]);
      expect(await issue()).toMatchObject({ kind: "failed", stage: "finalize", problem: { code: "badCSR" } });
      expect(orderFiles(request)).toEqual([]);
    });

    it("for its own reasons after the order was ready: why is told, and the order forgotten", async () => {
      const { ca, issue, request } = await bench([]);
      const invalid = rewritten((order) => ({
        ...order,
        status: "invalid",
        error: { type: "urn:ietf:params:acme:error:caa", detail: "CAA" },
      }));
      ca.faults.push({ kind: "finalize", nth: 1, before: () => void ca.faults.push({ kind: "order", after: invalid }) });
      expect(await issue()).toMatchObject({ kind: "failed", stage: "finalize", problem: { code: "caa", detail: "CAA" } });
      expect(orderFiles(request)).toEqual([]);
    });

    it("what it was not asked for: a challenge that nobody wants", async () => {
      const { issue } = await bench([
        { kind: "authorization", after: rewritten((authorization) => ({ ...authorization, challenges: [] })) },
      ]);
      expect(await issue()).toMatchObject({ failedNames: [{ name: name("ai.test"), problem: { code: "noChallenge" } }] });
    });
  });
});

const pem = (body: string): Answer => ({ status: 200, fields: { "content-type": "application/pem-certificate-chain" }, body });

function rewritten(change: (body: Record<string, unknown>) => object): (answer: Answer) => Answer {
  return (answer) => (answer.status >= 300 ? answer : { ...answer, body: JSON.stringify(change(JSON.parse(answer.body))) });
}

function withToken(token: string): (body: Record<string, unknown>) => object {
  return (authorization) => ({
    ...authorization,
    challenges: (authorization["challenges"] as readonly object[]).map((challenge) => ({ ...challenge, token })),
  });
}

/** A certificate for the key that was sent in the CSR, with names of our choice. */
async function certificateFor(ca: FaultCa, names: readonly string[]): Promise<string> {
  const csr = ca.seen.flatMap(({ kind, payload }) => (kind === "finalize" ? [(payload as { csr: string }).csr] : []))[0] ?? "";
  const request = new Pkcs10CertificateRequest(Buffer.from(csr, "base64url"));
  const issuer = new X509Certificate(pebble.ca.root);
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = createPrivateKey(pebble.ca.key).export({ type: "pkcs8", format: "der" });
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=x",
    issuer: issuer.subjectName,
    publicKey: request.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", key, algorithm, false, ["sign"]),
    signingAlgorithm: { ...algorithm, hash: "SHA-256" },
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
    extensions: [
      new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.1"]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}
