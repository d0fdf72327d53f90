/** Certificates for tests, made on the spot: nothing that expires is checked in. */
import { createPrivateKey, generateKeyPairSync, webcrypto, type KeyObject } from "node:crypto";
import { isIP } from "node:net";

import "reflect-metadata"; // @peculiar/x509 needs it loaded first
import * as x509 from "@peculiar/x509";

/** A certificate with its private key (PKCS #8), both PEM. */
export interface TestCertificate {
  /** The leaf alone. */
  readonly certificate: string;
  readonly key: string;
  /** The leaf, then its issuers up to the root, which is left out: what a `fullchain.pem` holds. */
  readonly chain: string;
}

export interface TestAuthority extends TestCertificate {
  /** PEM of the root: what a client puts into `ca`. */
  readonly root: string;
}

export interface CertificateRequest {
  /** Names and IP addresses for the SAN; the first DNS name is the subject's too. */
  readonly names: readonly string[];
  /** Days from `notBefore` to expiry. Default 30. */
  readonly days?: number;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default ec: P-256. RSA has 2048 bits. */
  readonly keyType?: "ec" | "rsa";
  /** Default: self-signed. */
  readonly issuer?: TestAuthority;
  /** Where the issuer's certificate is, as public CAs say it (RFC 5280 §4.2.2.1). */
  readonly issuerUrl?: string;
}

const DAY = 86_400_000;

export async function makeCertificate(request: CertificateRequest): Promise<TestCertificate> {
  const { certificate, key } = await issue(request, [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      request.names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
    ),
    ...(request.issuerUrl === undefined ? [] : [new x509.AuthorityInfoAccessExtension({ caIssuers: [request.issuerUrl] })]),
  ]);
  return { certificate, key, chain: certificate + (request.issuer?.chain ?? "") };
}

export interface AuthorityRequest {
  readonly name?: string;
  readonly issuer?: TestAuthority;
  readonly days?: number;
  /** Besides those that every CA has: DER. */
  readonly extensions?: readonly { readonly type: string; readonly critical: boolean; readonly value: Uint8Array }[];
}

/** A root, or an intermediate where `issuer` is given. */
export async function makeAuthority(options: AuthorityRequest = {}): Promise<TestAuthority> {
  const { certificate, key } = await issue(
    { names: [options.name ?? "Test Authority"], ...(options.issuer && { issuer: options.issuer }), days: options.days ?? 365 },
    [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ...(options.extensions ?? []).map(({ type, critical, value }) => new x509.Extension(type, critical, Buffer.from(value))),
    ],
  );
  return options.issuer
    ? { certificate, key, chain: certificate + options.issuer.chain, root: options.issuer.root }
    : { certificate, key, chain: "", root: certificate };
}

async function issue(request: CertificateRequest, extensions: x509.Extension[]): Promise<{ certificate: string; key: string }> {
  const { keyType = "ec", days = 30, notBefore = new Date(Date.now() - 3_600_000), issuer } = request;
  const pair = keyType === "ec" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const subject = new x509.Name([{ CN: [request.names[0] ?? "nobody"] }]);
  const publicKey = pair.publicKey.export({ type: "spki", format: "der" });
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer ? new x509.X509Certificate(issuer.certificate).subjectName : subject,
    publicKey,
    signingKey: await importSigningKey(issuer ? createPrivateKey(issuer.key) : pair.privateKey),
    notBefore,
    notAfter: new Date(notBefore.getTime() + days * DAY),
    extensions: [
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer ? new x509.X509Certificate(issuer.certificate) : publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function importSigningKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const algorithm =
    key.asymmetricKeyType === "ec" ? { name: "ECDSA", namedCurve: "P-256" } : { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  return webcrypto.subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), algorithm, false, ["sign"]);
}
