import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";

import type { Problem } from "../errors.ts";
import type { Pem } from "./pem.ts";

/** The file's certificates, or undefined with the problem noted. `path` stands in the command that mends it. */
export function parseCertificates(
  pem: Pem,
  bytes: Uint8Array,
  where: string,
  path: string,
  problems: Problem[],
): readonly [X509Certificate, ...X509Certificate[]] | undefined {
  const parsed: X509Certificate[] = [];
  for (const [index, block] of pem.certificates.entries()) {
    try {
      parsed.push(new X509Certificate(block));
    } catch {
      problems.push({ where, what: `Certificate ${index + 1} in it is damaged.`, mend: "Copy the file again from where it was issued." });
      return undefined;
    }
  }
  const [leaf, ...rest] = parsed;
  if (leaf !== undefined) return [leaf, ...rest];
  problems.push({ where, ...noCertificate(pem, bytes, path) });
  return undefined;
}

/** The file's private key, or undefined with the problem noted. */
export function parseKey(pem: Pem, bytes: Uint8Array, where: string, path: string, problems: Problem[]): KeyObject | undefined {
  const refuse = (what: string, mend: string): undefined => void problems.push({ where, what, mend });
  if (pem.key === undefined) {
    if (pem.certificates.length > 0)
      return refuse("It holds a certificate, not a private key.", "Name the key that was made for the certificate, often privkey.pem.");
    if (isDer(bytes)) return refuse("It is binary (DER or PKCS #12), not PEM.", `Run: openssl pkey -inform DER -in ${path} -out key.pem`);
    return refuse("There is no PEM private key in it.", 'Name a file with a "-----BEGIN PRIVATE KEY-----" block.');
  }
  if (pem.encrypted)
    return refuse(
      "The key is encrypted with a passphrase.",
      `Run: openssl pkey -in ${path} -out key.pem (and keep that file to yourself: chmod 600)`,
    );
  try {
    return createPrivateKey(pem.key);
  } catch {
    return refuse("The private key in it is damaged.", "Copy the file again from where it was made.");
  }
}

function noCertificate(pem: Pem, bytes: Uint8Array, path: string): { readonly what: string; readonly mend: string } {
  if (pem.key !== undefined)
    return { what: "It holds a private key and no certificate.", mend: "Name the certificate chain, often fullchain.pem." };
  if (isDer(bytes))
    return { what: "It is binary (DER or PKCS #12), not PEM.", mend: `Run: openssl x509 -inform DER -in ${path} -out certificate.pem` };
  return { what: "There is no PEM certificate in it.", mend: 'Name a file with "-----BEGIN CERTIFICATE-----" blocks, leaf first.' };
}

/** A SEQUENCE with a long length: what DER certificates, keys and PKCS #12 begin with. */
const isDer = (bytes: Uint8Array): boolean => bytes[0] === 0x30 && (bytes[1] ?? 0) > 0x80;
