import { X509Certificate } from "node:crypto";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { AcmeDirectory, IssueOutcome, IssueRequest } from "../../../src/certificates/acme/contract.ts";
import { acmeProtocol } from "../../../src/certificates/acme/issuer.ts";
import { startChallengeServer, type ChallengeServer } from "../../support/challenge-server.ts";
import { hasPebble, startPebble, type RunningPebble } from "../../support/pebble.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { ip, name, PATIENCE, remembering, requestFor } from "./support.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === "::1"));
const acme = acmeProtocol(PATIENCE);
const never = new AbortController().signal;

let pebble: RunningPebble;
let solver: ChallengeServer;

describe.skipIf(!hasPebble)("a certificate from Pebble", () => {
  beforeAll(async () => {
    pebble = await startPebble({}, true);
    const hosts = [pebble.host, ...(hasIpv6 ? ["::1"] : [])];
    solver = await startChallengeServer({ hosts, httpPort: pebble.httpPort, tlsPort: pebble.tlsPort }, true);
  });
  afterAll(async () => {
    await solver.close();
    await pebble.close();
  });

  async function issue(
    names: IssueRequest["names"],
    more: Parameters<typeof requestFor>[2] = {},
    directory: AcmeDirectory = pebble.directory,
  ) {
    const { hooks, heard } = remembering(solver);
    const request = await requestFor(directory, names, more);
    return { outcome: await acme.issue(request, hooks, never), heard, request };
  }

  it("is obtained by http-01 (RFC 8555 §8.3), for every name, with the terms shown and the order announced", async () => {
    const { outcome, heard } = await issue([name("ai.test"), name("chat.ai.test")], { challenges: ["http-01"] });
    const leaf = leafOf(outcome);
    expect(leaf.subjectAltName?.split(", ").toSorted()).toEqual(["DNS:ai.test", "DNS:chat.ai.test"]);
    expect(leaf.verify(new X509Certificate(await intermediateOf(outcome)).publicKey)).toBe(true);
    expect(heard.registrations).toEqual([{ termsOfService: "data:text/plain,Do%20what%20thou%20wilt" }]);
    expect(heard.orders).toEqual([{ replaces: false }]);
    expect(heard.stored).toHaveLength(1);
    expect(solver.standing.size).toBe(0);
  });

  it("is obtained by tls-alpn-01 (RFC 8737)", async () => {
    const { outcome } = await issue([name("ai.test")], { challenges: ["tls-alpn-01"] });
    expect(leafOf(outcome).subjectAltName).toBe("DNS:ai.test");
    expect(outcome).toMatchObject({ proved: [{ name: name("ai.test"), challenge: "tls-alpn-01" }] });
  });

  it.each(["http-01", "tls-alpn-01"] as const)("is obtained for bare addresses by %s (RFC 8738), as short-lived one", async (type) => {
    const addresses = [ip(pebble.host), ...(hasIpv6 ? [ip("::1")] : [])] as const;
    const { outcome } = await issue([addresses[0], ...addresses.slice(1)], { challenges: [type] });
    const leaf = leafOf(outcome);
    for (const { value } of addresses) expect(leaf.checkIP(value)).toBe(value);
    expect(outcome).toMatchObject({ profile: "shortlived" });
    expect((leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 86_400_000).toBeCloseTo(6, 0);
  });

  it("comes with the other challenge where the first one fails, with a new order, and each failure told", async () => {
    solver.silent.add("http-01");
    try {
      const { outcome, heard } = await issue([name("ai.test")]);
      expect(outcome).toMatchObject({ kind: "issued", proved: [{ challenge: "tls-alpn-01" }] });
      expect(heard.failures).toMatchObject([{ name: name("ai.test"), challenge: "http-01", problem: { code: "unauthorized" } }]);
      expect(heard.orders).toHaveLength(2);
    } finally {
      solver.silent.clear();
    }
  });

  it("is renewed when ARI says so, naming the one that it replaces (RFC 9773), and can be revoked", async () => {
    const state = await scratchDirectory();
    const first = await issue([name("ai.test")], { state });
    const { certificate } = first.heard.stored[0]!;
    const [start, end] = [Date.parse("2026-01-02T03:04:05Z"), Date.parse("2026-01-03T03:04:05Z")];
    const suggestedWindow = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
    await pebble.setRenewalInfo(certificate, { suggestedWindow, explanationURL: "https://ca.test/why" });
    const window = await acme.renewalInfo(pebble.directory, certificate, never);
    expect(window).toMatchObject({ kind: "window", start, end, explanation: "https://ca.test/why" });

    const second = await issue([name("ai.test")], { state, replaces: certificate });
    expect(second.heard.registrations).toEqual([]);
    expect(second.heard.orders).toEqual([{ replaces: true }]);
    const { serialNumber } = leafOf(second.outcome);
    expect(serialNumber).not.toBe(leafOf(first.outcome).serialNumber);

    const third = await issue([name("ai.test")], { state, replaces: certificate, profile: "default" });
    expect(third.heard.notices).toEqual([{ code: "replacesRefused" }]);
    expect(third.heard.orders).toEqual([{ replaces: true }, { replaces: false }]);

    const account = { folder: join(state, "account") };
    const revocation = { directory: pebble.directory, account, certificate: second.heard.stored[0]!.certificate, reason: 4 } as const;
    expect(await acme.revoke(revocation, never)).toEqual({ kind: "revoked" });
    expect(await pebble.statusOf(serialNumber)).toMatchObject({ Status: "Revoked", Reason: 4 });
    expect(await acme.revoke(revocation, never)).toEqual({ kind: "revoked" });
  });
});

function leafOf(outcome: IssueOutcome): X509Certificate {
  expect(outcome).toMatchObject({ kind: "issued" });
  return new X509Certificate((outcome as IssueOutcome & { kind: "issued" }).certificate);
}

async function intermediateOf(outcome: IssueOutcome): Promise<string> {
  const chain = (outcome as IssueOutcome & { kind: "issued" }).certificate.split(/(?=-----BEGIN)/);
  expect(chain.length).toBeGreaterThan(1);
  return chain[1] ?? "";
}
