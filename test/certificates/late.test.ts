/** How an operator hears that a certificate can't be renewed: every way at once, from a real edge whose CA is down. */
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import type { CertificateStatus } from "../../src/certificates/status.ts";
import { certificateNotices } from "../../src/edge-certificates.ts";
import { get, NAME } from "../support/acme-edge.ts";
import { makeAuthority, makeCertificate } from "../support/certificates.ts";
import { startEdge } from "../support/edge.ts";
import { eventually } from "../support/eventually.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { wholeAcmeSettings } from "../support/whole-config.ts";

const DAY = 86_400_000;

/** Somebody who is notified. */
async function receiver(): Promise<{ readonly received: Record<string, unknown>[]; readonly url: string }> {
  const received: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      received.push({ authorization: request.headers.authorization, ...(JSON.parse(text) as object) });
      response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/wake` };
}

it("with a third of its life left: an error in the log, a metric, the status, and a notification", async () => {
  const left = 19;
  const certificates = join(await scratchDirectory(), "certs");
  await mkdir(join(certificates, NAME.value), { recursive: true, mode: 0o700 });
  const notBefore = new Date(Date.now() - (60 - left) * DAY);
  const { chain, key } = await makeCertificate({ names: [NAME.value], issuer: await makeAuthority(), days: 60, notBefore });
  await writeFile(join(certificates, NAME.value, "certificate.pem"), key + chain, { mode: 0o600 });
  const { received, url } = await receiver();
  const running = await startEdge({
    upstream: 9,
    domains: [NAME],
    metrics: { host: "127.0.0.1", port: 0 },
    tls: { kind: "acme", ...wholeAcmeSettings({ names: [NAME], certificates, notify: { url, token: "s3cret" } }) },
  });
  onTestFinished(() => running.close());
  await eventually(() => received.length > 0, 30_000);
  expect(received).toMatchObject([{ event: "certificate_late", name: NAME.value, code: "unreachable", authorization: "Bearer s3cret" }]);
  // Nothing of what the system said about the connection is in it: only codes and our own words.
  expect(JSON.stringify(received)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
  expect(running.log.said("error")).toContain(`${NAME.value}: a third of its certificate's life is left, and it could not be renewed.`);
  const { notices } = await running.edge.status();
  expect(notices).toMatchObject([
    {
      where: NAME.value,
      what: expect.stringContaining(`It can't be renewed: ca.lan failed once, last with "unreachable". It is tried again at`),
    },
  ]);
  const metrics = (await get("127.0.0.1", running.edge.addresses.metrics[0]?.port ?? 0, "/metrics", "127.0.0.1")).body;
  expect(metrics).toMatch(/^openclaw_edge_certificate_renewals_total\{result="failed"\} 1$/m);
  const expires = Number(/^openclaw_edge_certificate_expiry_timestamp_seconds\{name="ai\.example\.com"\} (\S+)$/m.exec(metrics)?.[1]);
  expect((expires * 1_000 - Date.now()) / DAY).toBeCloseTo(left, 1);
});

describe("status", () => {
  const status = (changes: Partial<CertificateStatus>): CertificateStatus => ({
    ...{ names: [NAME.value], source: "acme", state: "valid", issuer: "CA", expires: undefined, next: "2027-01-01T00:00:00.000Z" },
    ...{ working: false, lastError: undefined },
    ...changes,
  });
  const notices = (changes: Partial<CertificateStatus>): readonly string[] =>
    certificateNotices({ status: () => [status(changes)] }).map(({ what }) => what);
  const failures = (count: number): CertificateStatus["lastError"] => ({
    ...{ at: "2026-12-31T00:00:00.000Z", count, server: "letsencrypt", staging: false, stage: "authorization", code: "connection" },
    detail: "text of a stranger",
  });

  it("says nothing of a certificate that is well, or is just being obtained, or failed once or twice with much life left", () => {
    expect(notices({})).toEqual([]);
    expect(notices({ state: "missing", working: true })).toEqual([]);
    expect(notices({ lastError: failures(2) })).toEqual([]);
  });

  it("says what failed how often, in our own words, and when it is tried again", () => {
    const again = 'letsencrypt failed 3 times, last with "connection". It is tried again at 2027-01-01T00:00:00.000Z.';
    expect(notices({ lastError: failures(3) })).toEqual([`It can't be renewed: ${again}`]);
    expect(notices({ state: "late", lastError: failures(3) })).toEqual([`It can't be renewed: ${again}`]);
    expect(notices({ state: "expired", lastError: failures(3) })).toEqual([`The certificate has expired: ${again}`]);
    expect(notices({ state: "missing", lastError: failures(3) })).toEqual([`There is no certificate yet: ${again}`]);
  });

  it("leads to the log where this machine's own disk fails: the directory of the certificates can't tell", () => {
    const files = { ...failures(3)!, server: "this machine", stage: "local", code: "files" } as const;
    expect(certificateNotices({ status: () => [status({ lastError: files })] })).toMatchObject([
      { what: expect.stringContaining('this machine failed 3 times, last with "files"'), mend: expect.stringMatching(/^Its log says why/) },
    ]);
  });

  it("says that no attempt came to an end, where the edge was killed each time", () => {
    expect(notices({ state: "late" })).toEqual([
      "It can't be renewed: no attempt came to an end (was the edge killed each time?). It is tried again at 2027-01-01T00:00:00.000Z.",
    ]);
  });

  it("leaves files of the operator's own and the local CA's alone", () => {
    expect(notices({ source: "files", state: "late" })).toEqual([]);
  });
});
