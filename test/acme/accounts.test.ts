/** Accounts (RFC 8555 §7.3): consent, external binding, e-mail, and what a CA or a disk forgets. */
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { AcmeAccount, IssueRequest } from "../../src/certificates/acme/contract.ts";
import { acmeProtocol } from "../../src/certificates/acme/issuer.ts";
import { name, PATIENCE, remembering, requestFor } from "../certificates/acme/support.ts";
import { makeCertificate } from "../support/certificates.ts";
import { startChallengeServer, type ChallengeServer } from "../support/challenge-server.ts";
import { problem, startFaultCa, type FaultCa } from "../support/fault-ca.ts";
import { hasPebble, startPebble, type PebbleOptions, type RunningPebble } from "../support/pebble.ts";

const never = new AbortController().signal;
const acme = acmeProtocol(PATIENCE);
const MAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

async function stage(
  options: PebbleOptions = {},
): Promise<{ pebble: RunningPebble; ca: FaultCa; solver: ChallengeServer; request: IssueRequest }> {
  // Requests are counted: one with a rejected nonce would be a further one.
  const pebble = await startPebble({ rejectedNonces: 0, ...options });
  const solver = await startChallengeServer({ hosts: [pebble.host], httpPort: pebble.httpPort, tlsPort: pebble.tlsPort });
  const ca = await startFaultCa(pebble);
  return { pebble, ca, solver, request: await requestFor(ca.directory, [name("ai.test")]) };
}

const withAccount = (request: IssueRequest, more: Partial<AcmeAccount>): IssueRequest => ({
  ...request,
  account: { ...request.account, ...more },
});
const accountFile = ({ account }: IssueRequest): Record<string, unknown> =>
  JSON.parse(readFileSync(join(account.folder, "account.json"), "utf8"));

describe.skipIf(!hasPebble)("an account", () => {
  it("is made after the terms were agreed to, which is recorded, and used ever after", async () => {
    const { ca, solver, request } = await stage();
    const { hooks, heard } = remembering(solver);
    expect(await acme.register(request, hooks, never)).toMatchObject({
      kind: "registered",
      accountUrl: expect.stringContaining("/my-account/"),
    });
    expect(accountFile(request)).toMatchObject({
      terms: { url: "data:text/plain,Do%20what%20thou%20wilt", agreed: expect.stringMatching(/^20\d\d-/) },
    });
    expect(await acme.register(request, hooks, never)).toMatchObject({ kind: "registered" });
    expect(await acme.issue(request, hooks, never)).toMatchObject({ kind: "issued" });
    expect(heard.registrations).toHaveLength(1);
    expect(ca.accepted("newAccount")).toBe(1);
  });

  it("is not made when the terms are not agreed to: the CA hears of nobody", async () => {
    const { ca, solver, request } = await stage();
    const { hooks } = remembering(solver);
    const outcome = await acme.issue(request, { ...hooks, registering: async () => false }, never);
    expect(outcome).toMatchObject({ kind: "failed", stage: "account", problem: { code: "declined" } });
    expect(ca.count("newAccount")).toBe(0);
    expect(accountFile(request)).not.toHaveProperty("terms");
  });

  it("is kept in files that nobody else may read", async () => {
    const { solver, request } = await stage();
    let during = "";
    const { hooks } = remembering({
      cleanUp: solver.cleanUp,
      present: async (challenge) => {
        during = readdirSync(request.folder)
          .map((file) => (statSync(join(request.folder, file)).mode & 0o777).toString(8))
          .join();
        await solver.present(challenge);
      },
    });
    await acme.issue(request, hooks, never);
    expect(during).toBe("600");
    expect((statSync(join(request.account.folder, "account.json")).mode & 0o777).toString(8)).toBe("600");
    expect((statSync(request.account.folder).mode & 0o777).toString(8)).toBe("700");
    expect((statSync(request.folder).mode & 0o777).toString(8)).toBe("700");
  });

  it("is bound to an external one where the CA wants it (§7.3.4)", async () => {
    const { solver, request } = await stage({ externalAccounts: { "kid-1": MAC_KEY } });
    const { hooks } = remembering(solver);
    const bound = withAccount(request, { externalAccount: { keyIdentifier: "kid-1", macKey: MAC_KEY } });
    expect(await acme.issue(bound, hooks, never)).toMatchObject({ kind: "issued" });
  });

  it("without an external binding where the CA wants one is not even tried", async () => {
    const { ca, solver, request } = await stage({ externalAccounts: { "kid-1": MAC_KEY } });
    const { hooks, heard } = remembering(solver);
    expect(await acme.issue(request, hooks, never)).toMatchObject({
      kind: "failed",
      stage: "account",
      problem: { code: "externalAccountMissing" },
    });
    expect(ca.count("newAccount")).toBe(0);
    expect(heard.registrations).toEqual([]);
  });

  it.each([
    ["an unknown key identifier", { keyIdentifier: "kid-9", macKey: MAC_KEY }, "unauthorized"],
    ["another MAC key", { keyIdentifier: "kid-1", macKey: MAC_KEY.replace("z", "a") }, "unauthorized"],
    ["a MAC key that is none", { keyIdentifier: "kid-1", macKey: "secret" }, "externalAccountMissing"],
  ])("with %s is refused, and the key is in no message", async (_, externalAccount, code) => {
    const { solver, request } = await stage({ externalAccounts: { "kid-1": MAC_KEY } });
    const outcome = await acme.issue(withAccount(request, { externalAccount }), remembering(solver).hooks, never);
    expect(outcome).toMatchObject({ kind: "failed", stage: "account", problem: { code } });
    expect(JSON.stringify(outcome)).not.toContain(externalAccount.macKey);
  });

  it("has the e-mail address that is configured now", async () => {
    const { ca, solver, request } = await stage();
    const { hooks } = remembering(solver);
    await acme.register(withAccount(request, { email: "me@example.com" }), hooks, never);
    await acme.register(withAccount(request, { email: "you@example.com" }), hooks, never);
    await acme.register(withAccount(request, { email: "you@example.com" }), hooks, never);
    expect(ca.seen.filter(({ kind, payload }) => kind === "newAccount" && payload).map(({ payload }) => payload)).toMatchObject([
      { contact: ["mailto:me@example.com"] },
    ]);
    expect(ca.seen.filter(({ kind, upstream }) => kind === "account" && upstream === 200).map(({ payload }) => payload)).toEqual([
      { contact: ["mailto:you@example.com"] },
    ]);
  });

  it("that the CA has forgotten is registered anew with the same key, and the order placed again", async () => {
    const first = await stage();
    const { pebble, solver, request } = first;
    const { hooks, heard } = remembering(solver);
    const direct: IssueRequest = { ...request, directory: pebble.directory };
    await acme.register(direct, hooks, never);
    const { key } = accountFile(direct);
    await pebble.close();
    const wiped = await startPebble({ host: pebble.host, httpPort: pebble.httpPort, tlsPort: pebble.tlsPort });
    const outcome = await acme.issue({ ...direct, directory: { url: pebble.directory.url, caFile: wiped.directory.caFile } }, hooks, never);
    expect(outcome).toMatchObject({ kind: "issued" });
    expect(heard.notices).toMatchObject([{ code: "accountLost" }]);
    expect(accountFile(direct)["key"]).toBe(key);
    expect(heard.registrations).toHaveLength(2);
  });

  it("whose file is cut short is moved aside, told, and made anew", async () => {
    const { solver, request } = await stage();
    const { hooks, heard } = remembering(solver);
    await acme.register(request, hooks, never);
    const path = join(request.account.folder, "account.json");
    truncateSync(path, 100);
    expect(await acme.issue(request, hooks, never)).toMatchObject({ kind: "issued" });
    expect(heard.notices).toEqual([{ code: "damagedFile", path, movedTo: expect.stringMatching(/account\.json\.damaged-\d{8}T\d{6}Z$/) }]);
    expect(statSync(heard.notices[0]?.movedTo ?? "").size).toBe(100);
  });

  it("whose key is cut short inside an intact file is treated the same", async () => {
    const { solver, request } = await stage();
    const { hooks, heard } = remembering(solver);
    await acme.register(request, hooks, never);
    const path = join(request.account.folder, "account.json");
    writeFileSync(path, JSON.stringify({ ...accountFile(request), key: String(accountFile(request)["key"]).slice(0, 80) }));
    expect(await acme.register(request, hooks, never)).toMatchObject({ kind: "registered" });
    expect(heard.notices).toMatchObject([{ code: "damagedFile" }]);
  });

  it("and an order's file that is cut short: the order is placed again", async () => {
    const { ca, solver, request } = await stage();
    const { hooks, heard } = remembering(solver);
    ca.faults.push({ kind: "finalize", times: 1, instead: "cut" }, { kind: "order", instead: "cut" });
    expect(await acme.issue(request, hooks, never)).toMatchObject({ kind: "failed" });
    ca.faults.splice(0);
    const [file] = readdirSync(request.folder);
    truncateSync(join(request.folder, file ?? ""), 200);
    expect(await acme.issue(request, hooks, never)).toMatchObject({ kind: "issued" });
    expect(heard.notices).toMatchObject([{ code: "damagedFile", path: join(request.folder, file ?? "") }]);
  });

  it.each(["account", "order"] as const)(
    "can't be used where the %s's directory can't be written: that is told, with its path",
    async (which) => {
      const { ca, solver, request } = await stage();
      const folder = which === "account" ? request.account.folder : request.folder;
      mkdirSync(join(folder, ".."), { recursive: true });
      writeFileSync(folder, "a file in its place");
      const outcome = await acme.issue(request, remembering(solver).hooks, never);
      expect(outcome).toMatchObject({
        kind: "failed",
        stage: "local",
        problem: { code: "files", detail: expect.stringContaining(folder) },
      });
      expect(ca.count("newOrder")).toBe(0);
    },
  );

  it("of one CA is not used at another", async () => {
    const { pebble, solver, request } = await stage();
    const { hooks } = remembering(solver);
    await acme.register(request, hooks, never);
    const outcome = await acme.register({ ...request, directory: pebble.directory }, hooks, never);
    expect(outcome).toMatchObject({ kind: "failed", stage: "local", problem: { code: "files" } });
  });

  it("is not made in order to revoke", async () => {
    const { ca, solver, request } = await stage();
    const { hooks, heard } = remembering(solver);
    await acme.issue(request, hooks, never);
    const { certificate, privateKey } = heard.stored[0]!;
    const elsewhere = await requestFor(ca.directory, [name("ai.test")]);
    const revocation = { directory: ca.directory, account: elsewhere.account, certificate };
    expect(await acme.revoke(revocation, never)).toMatchObject({ kind: "failed", problem: { code: "declined" } });
    expect(ca.accepted("newAccount")).toBe(1);
    expect(await acme.revoke({ ...revocation, privateKey, reason: 1 }, never)).toEqual({ kind: "revoked" });
  });
});

describe.skipIf(!hasPebble)("a CA", () => {
  it("tells what it offers, and how our clock stands to its own", async () => {
    const { ca } = await stage();
    ca.faults.push({
      kind: "directory",
      after: (answer) => ({ ...answer, fields: { ...answer.fields, date: new Date(Date.now() - 3_600_000).toUTCString() } }),
    });
    expect(await acme.directory(ca.directory, never)).toEqual({
      kind: "directory",
      termsOfService: "data:text/plain,Do%20what%20thou%20wilt",
      caaIdentities: ["pebble.letsencrypt.org"],
      externalAccountRequired: false,
      profiles: ["default", "shortlived"],
      hasRenewalInfo: true,
      clockAhead: expect.closeTo(3_600, -1),
    });
  });

  it("whose own certificate nobody vouches for is not spoken to, and --acme-ca is named as the mend", async () => {
    const { pebble } = await stage();
    expect(await acme.directory({ url: pebble.directory.url }, never)).toMatchObject({
      kind: "failed",
      stage: "directory",
      problem: { code: "unreachable", detail: expect.stringContaining("--acme-ca") },
    });
  });

  it.each([
    ["does not exist", "/nowhere/ca.pem"],
    ["holds no certificate", join(import.meta.dirname, "parent.ts")],
  ])("with a CA bundle that %s is a failure of ours", async (_, caFile) => {
    const { pebble } = await stage();
    const outcome = await acme.directory({ url: pebble.directory.url, caFile }, never);
    expect(outcome).toMatchObject({ kind: "failed", stage: "local", problem: { code: "files", detail: expect.stringContaining(caFile) } });
  });

  it("without the wanted profile is not asked for an order, and what it has is told", async () => {
    const { ca, solver, request } = await stage();
    const outcome = await acme.issue({ ...request, profile: "classic" }, remembering(solver).hooks, never);
    expect(outcome).toMatchObject({
      kind: "failed",
      problem: { code: "invalidProfile", detail: 'The CA has no profile "classic": it has default, shortlived.' },
    });
    expect(ca.count("newOrder")).toBe(0);
  });

  it("with the wanted profile gives it", async () => {
    const { solver, request } = await stage();
    const { hooks } = remembering(solver);
    expect(await acme.issue({ ...request, profile: "default" }, hooks, never)).toMatchObject({ kind: "issued", profile: "default" });
  });

  it("that knows nothing of a certificate fails in renewalInfo", async () => {
    const { ca, solver, request } = await stage();
    const { hooks, heard } = remembering(solver);
    await acme.issue(request, hooks, never);
    ca.faults.push({ kind: "renewalInfo", instead: problem(404, "malformed") });
    const outcome = await acme.renewalInfo(ca.directory, heard.stored[0]!.certificate, never);
    expect(outcome).toMatchObject({ kind: "failed", stage: "renewalInfo", problem: { code: "malformed", status: 404 } });
  });

  it("without ARI has no renewal information", async () => {
    const { ca } = await stage();
    const { certificate } = await makeCertificate({ names: ["ai.test"] });
    ca.faults.push({
      kind: "directory",
      after: (answer) => ({ ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), renewalInfo: undefined }) }),
    });
    expect(await acme.renewalInfo(ca.directory, certificate, never)).toEqual({ kind: "unsupported" });
  });

  it.each([
    ["a window that ends before it starts", '{"suggestedWindow":{"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"}}'],
    ["no window", "{}"],
    ["dates that are none", '{"suggestedWindow":{"start":"soon","end":"later"}}'],
  ])("whose renewal information is %s fails in renewalInfo (RFC 9773 §4.2)", async (_, body) => {
    const { pebble, ca, solver, request } = await stage();
    const { hooks, heard } = remembering(solver);
    await acme.issue(request, hooks, never);
    const { certificate } = heard.stored[0]!;
    await pebble.setRenewalInfo(certificate, body);
    expect(await acme.renewalInfo(ca.directory, certificate, never)).toMatchObject({
      kind: "failed",
      stage: "renewalInfo",
      problem: { code: "badAnswer" },
    });
  });
});
