/** Makes certificates. The only file that knows @peculiar/x509; it costs 12 MB, so import it when something must be made and not before. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from "node:crypto";

import "reflect-metadata"; // @peculiar/x509 needs it loaded first
import * as x509 from "@peculiar/x509";

import type { ServedName } from "../config/served-name.ts";
import { encodeNameConstraints, type Subtree } from "./name-constraints.ts";

/** A certificate and its private key (PKCS #8), both PEM, each ending in a line feed. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const DAY = 86_400_000;
/** id-pe-acmeIdentifier */
const ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";
const NAME_CONSTRAINTS = "2.5.29.30";
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

/** A self-signed CA (ECDSA P-256) that can issue for the permitted names alone, and no further CA. */
export async function makeAuthority(name: string, permitted: readonly Subtree[], validity: Validity): Promise<KeyedCertificate> {
  const { publicKey, key } = makeKey();
  const subject = new x509.Name([{ O: ["openclaw-edge"] }, { CN: [name] }]);
  return sign({ subject, issuer: subject, publicKey, validity, key, signingKey: key }, [
    new x509.BasicConstraintsExtension(true, 0, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    new x509.Extension(NAME_CONSTRAINTS, true, Buffer.from(encodeNameConstraints(permitted))),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ]);
}

/** A server certificate (ECDSA P-256). The names stand in the SAN alone (RFC 9525 §2); the subject says only whose it is. */
export async function makeLeaf(names: readonly ServedName[], authority: KeyedCertificate, validity: Validity): Promise<KeyedCertificate> {
  const { publicKey, key } = makeKey();
  const issuer = new x509.X509Certificate(authority.certificate);
  const subject = new x509.Name([{ O: ["openclaw-edge"] }, { CN: ["openclaw-edge (local)"] }]); // no host name: some verifiers take CN for one
  return sign({ subject, issuer: issuer.subjectName, publicKey, validity, key, signingKey: authority.key }, [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    alternativeNames(names),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
  ]);
}

/** A certificate request (PKCS #10, DER) for this key (PEM, ECDSA P-256). The names stand in the SAN alone. */
export async function makeRequest(names: readonly ServedName[], key: string): Promise<Uint8Array> {
  const privateKey = createPrivateKey(key);
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys: {
      privateKey: await webcrypto.subtle.importKey("pkcs8", privateKey.export({ type: "pkcs8", format: "der" }), ECDSA, false, ["sign"]),
      publicKey: await webcrypto.subtle.importKey("spki", publicKey, ECDSA, true, ["verify"]),
    },
    signingAlgorithm: { ...ECDSA, hash: "SHA-256" },
    extensions: [alternativeNames(names)],
  });
  return new Uint8Array(request.rawData);
}

/** RFC 8737 §3: self-signed, for one identifier, with the digest of the key authorization in a critical extension. */
export async function makeChallengeCertificate(identifier: ServedName, digest: Uint8Array): Promise<KeyedCertificate> {
  if (digest.byteLength !== 32) throw new Error("A key authorization's digest has 32 octets.");
  const { publicKey, key } = makeKey();
  const subject = new x509.Name([{ CN: ["openclaw-edge (acme-tls/1)"] }]);
  const [notBefore, notAfter] = [new Date(Date.now() - DAY), new Date(Date.now() + 7 * DAY)];
  return sign({ subject, issuer: subject, publicKey, validity: { notBefore, notAfter }, key, signingKey: key }, [
    alternativeNames([identifier]),
    new x509.Extension(ACME_IDENTIFIER, true, Buffer.concat([Buffer.of(0x04, 32), digest])), // an OCTET STRING in DER
  ]);
}

/** What names a certificate among all that were issued. */
export interface IssueIdentity {
  /** keyIdentifier of the authority key identifier extension; undefined: it has none. */
  readonly authorityKeyIdentifier: Uint8Array | undefined;
  /** Content octets of the DER INTEGER, a leading zero included. */
  readonly serialNumber: Uint8Array;
}

export function identifyIssue(certificate: string): IssueIdentity {
  const parsed = new x509.X509Certificate(certificate);
  const keyId = parsed.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  const serialNumber = Buffer.from(parsed.serialNumber, "hex"); // without the zero that keeps a DER INTEGER positive
  return {
    authorityKeyIdentifier: keyId === undefined ? undefined : Buffer.from(keyId, "hex"),
    serialNumber: (serialNumber[0] ?? 0) < 0x80 ? serialNumber : Buffer.concat([Buffer.of(0), serialNumber]),
  };
}

const alternativeNames = (names: readonly ServedName[]): x509.SubjectAlternativeNameExtension =>
  new x509.SubjectAlternativeNameExtension(names.map(({ kind, value }) => ({ type: kind === "ip" ? "ip" : "dns", value })));

function makeKey(): { readonly publicKey: Buffer; readonly key: string } {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    publicKey: pair.publicKey.export({ type: "spki", format: "der" }),
    key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

interface Unsigned {
  readonly subject: x509.Name;
  readonly issuer: x509.Name;
  readonly publicKey: Buffer;
  readonly validity: Validity;
  readonly key: string;
  readonly signingKey: string;
}

async function sign(unsigned: Unsigned, extensions: x509.Extension[]): Promise<KeyedCertificate> {
  const { subject, issuer, publicKey, validity, key } = unsigned;
  const pkcs8 = createPrivateKey(unsigned.signingKey).export({ type: "pkcs8", format: "der" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, ECDSA, false, ["sign"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer,
    publicKey,
    signingKey,
    signingAlgorithm: { ...ECDSA, hash: "SHA-256" },
    ...validity,
    extensions,
  });
  return { certificate: `${certificate.toString("pem")}\n`, key };
}
