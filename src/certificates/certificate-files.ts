import type { KeyObject, X509Certificate } from "node:crypto";
import { open } from "node:fs/promises";
import { createSecureContext } from "node:tls";

import type { ServedName } from "../config/served-name.ts";
import type { Problem } from "../errors.ts";
import { checkLeaf, checkOrder, leafWarnings, orderWarnings } from "./certificate-checks.ts";
import { readPem, type Pem } from "./pem.ts";
import { parseCertificates, parseKey } from "./pem-parse.ts";
import { NO_ROOTS } from "./server-options.ts";

/** A certificate chain and its key that fit each other and the configured names. */
export interface CertificateMaterial {
  /** PEM, leaf first. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  readonly expires: Date;
}

export type LoadedCertificate =
  | { readonly kind: "loaded"; readonly material: CertificateMaterial; readonly warnings: readonly Problem[] }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/** Octets of a certificate or key file. Default 1 MiB: a chain has some 5 KB, and a mistyped path may name anything. */
const MAX_FILE = 1_048_576;

/** Reads a PEM chain and its key and checks them for the names, now. Every problem is told at once. */
export async function loadCertificateFiles(
  files: { readonly certificate: string; readonly key: string },
  names: readonly ServedName[],
  now = new Date(),
): Promise<LoadedCertificate> {
  const where = { certificate: `--cert ${files.certificate}`, key: `--key ${files.key}` };
  const problems: Problem[] = [];
  const certificateFile = await read(files.certificate, where.certificate, problems);
  const keyFile = await read(files.key, where.key, problems);

  if (certificateFile && keyFile && isSwapped(certificateFile.pem, keyFile.pem)) {
    const what = "The two files are swapped: --cert names the private key, and --key the certificate.";
    return refused([{ where: `${where.certificate} ${where.key}`, what, mend: `Use: --cert ${files.key} --key ${files.certificate}` }]);
  }
  const chain =
    certificateFile && parseCertificates(certificateFile.pem, certificateFile.bytes, where.certificate, files.certificate, problems);
  const key = keyFile && parseKey(keyFile.pem, keyFile.bytes, where.key, files.key, problems);
  if (chain) {
    const leaf = (key && chain.find((certificate) => certificate.checkPrivateKey(key))) ?? chain[0];
    problems.push(...checkOrder(chain, key, where), ...checkLeaf(leaf, names, now, where.certificate));
  }
  if (problems.length > 0 || !chain || !key || !certificateFile || !keyFile?.pem.key) return refused(problems);

  const material = {
    certificate: `${certificateFile.pem.certificates.join("\n")}\n`,
    key: keyFile.pem.key,
    chain,
    expires: chain[0].validToDate,
  };
  const rejected = rejectedByOpenssl(material, key, where);
  if (rejected) return refused([rejected]);
  const warnings = [
    ...leafWarnings(chain, now, where.certificate),
    ...orderWarnings(chain, where.certificate),
    ...modeWarning(keyFile.mode, where.key, files.key),
  ];
  return { kind: "loaded", material, warnings };
}

interface ReadFile {
  readonly bytes: Uint8Array;
  readonly pem: Pem;
  readonly mode: number;
}

async function read(path: string, where: string, problems: Problem[]): Promise<ReadFile | undefined> {
  const refuse = (what: string, mend: string): undefined => void problems.push({ where, what, mend });
  try {
    await using file = await open(path, "r");
    const found = await file.stat();
    if (found.isDirectory()) return refuse("It is a directory.", "Name the file in it, for instance fullchain.pem or privkey.pem.");
    if (!found.isFile()) return refuse("It is not a regular file.", "Name a PEM file.");
    if (found.size > MAX_FILE) return refuse("It is larger than 1 MiB, so it is not what was meant.", "Name a PEM file.");
    const bytes = await file.readFile();
    return { bytes, pem: readPem(bytes), mode: found.mode };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    if (code === "ENOENT") return refuse("There is no such file.", "Check the path; a symbolic link may point at nothing.");
    if (code === "ENOTDIR") return refuse("A part of the path is not a directory.", "Check the path.");
    if (code === "EACCES" || code === "EPERM")
      return refuse("It may not be read.", "Let the user that runs the edge read the file and enter its directories.");
    return refuse(`It can't be read (${code}).`, "Check the file and its file system.");
  }
}

const isSwapped = (certificateFile: Pem, keyFile: Pem): boolean =>
  certificateFile.certificates.length === 0 &&
  certificateFile.key !== undefined &&
  keyFile.key === undefined &&
  keyFile.certificates.length > 0;

/** The last word is OpenSSL's: what it won't serve (a weak signature, an odd curve) must not pass here and fail later. */
function rejectedByOpenssl(material: CertificateMaterial, key: KeyObject, where: { readonly certificate: string }): Problem | undefined {
  try {
    createSecureContext({ ...NO_ROOTS, cert: material.certificate, key: material.key });
    return undefined;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.replace(/^(?:[^:]*:)*/, "").trim() : "";
    return {
      where: where.certificate,
      what: `OpenSSL refuses to serve it (${key.asymmetricKeyType ?? "unknown"} key): ${detail}.`,
      mend: "Get a certificate with an ECDSA P-256 or RSA 2048 key.",
    };
  }
}

function modeWarning(mode: number, where: string, path: string): readonly Problem[] {
  if (process.getuid === undefined || (mode & 0o007) === 0) return [];
  return [
    {
      where,
      what: `Every user of this machine may use the private key (mode ${(mode & 0o777).toString(8)}).`,
      mend: `Run: chmod o= ${path}`,
    },
  ];
}

const refused = (problems: readonly Problem[]): LoadedCertificate => ({ kind: "refused", problems });
