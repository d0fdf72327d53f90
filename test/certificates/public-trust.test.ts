import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

import { expect, it } from "vitest";

import { isPubliclyTrusted } from "../../src/certificates/public-trust.ts";
import { makeAuthority, makeCertificate } from "../support/certificates.ts";

const parse = (pem: string): X509Certificate => new X509Certificate(pem);
const root = rootCertificates.map(parse).find((certificate) => /^CN=[^\n]+$/m.test(certificate.subject))!;

it("knows a root that browsers bring along", () => {
  expect(isPubliclyTrusted([root])).toBe(true);
});

it("is not taken in by a private CA that bears the name of a public one", async () => {
  const name = /^CN=(.+)$/m.exec(root.subject)![1]!;
  const impostor = await makeAuthority({ name });
  const leaf = await makeCertificate({ names: ["ai.example.com"], issuer: impostor });
  expect(parse(impostor.root).subject).toContain(name);
  expect(isPubliclyTrusted([parse(leaf.certificate)])).toBe(false);
  expect(isPubliclyTrusted([parse(leaf.certificate), parse(impostor.root)])).toBe(false);
});

it("is not taken in by a public root put behind a certificate that it did not sign", async () => {
  const leaf = await makeCertificate({ names: ["ai.example.com"] });
  expect(isPubliclyTrusted([parse(leaf.certificate), root])).toBe(false);
});

it("does not trust a self-signed certificate, nor none", async () => {
  expect(isPubliclyTrusted([parse((await makeCertificate({ names: ["ai.example.com"] })).certificate)])).toBe(false);
  expect(isPubliclyTrusted([])).toBe(false);
});
