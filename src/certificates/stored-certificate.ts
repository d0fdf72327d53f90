/** A certificate in the store: its private key, then its chain, in one PEM value, so that one write replaces both. */
import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";

import type { ServedName } from "../config/served-name.ts";
import { covers } from "./certificate-checks.ts";
import { readPem } from "./pem.ts";
import { NO_ROOTS } from "./server-options.ts";
import type { CertificateStore } from "./store.ts";

export interface StoredCertificate {
  /** PEM chain, leaf first, ends in a line feed. */
  readonly certificate: string;
  /** PEM, ends in a line feed. */
  readonly key: string;
  readonly leaf: X509Certificate;
  /** Of the leaf; tells one certificate from the next. */
  readonly fingerprint: string;
}

export type LoadedFromStore =
  | { readonly kind: "stored"; readonly stored: StoredCertificate }
  | { readonly kind: "missing" }
  /** It can't be served; `reason` says why. It was put aside under another key, unless nothing can be written there. */
  | { readonly kind: "damaged"; readonly movedTo: string | undefined; readonly reason: string };

/** The place of everything that belongs to a name. An IPv6 address has `_` for `:`, which host names never have, and `0__1` is `::1`. */
export const placeOf = (name: ServedName): string => name.value.replace(/^:/, "0:").replaceAll(":", "_");

export const certificateKey = (name: ServedName): string => `${placeOf(name)}/certificate.pem`;

/**
 * The certificate of a name, if it can be served: whole, key and certificate a pair, for that name. Whether it is valid now is not asked:
 * the clock may be wrong, and an expired certificate tells a visitor more than none.
 *
 * @throws the store's error, where it can't be read
 */
export async function loadStored(store: CertificateStore, name: ServedName): Promise<LoadedFromStore> {
  const key = certificateKey(name);
  const value = await store.load(key);
  if (value === undefined) return { kind: "missing" };
  const parsed = readStored(value, name);
  if (typeof parsed !== "string") return { kind: "stored", stored: parsed };
  const movedTo = await putAside(store, key, value).catch(() => undefined);
  return { kind: "damaged", movedTo, reason: parsed };
}

export const saveStored = (store: CertificateStore, name: ServedName, pair: { readonly certificate: string; readonly key: string }) =>
  store.store(certificateKey(name), pair.key + pair.certificate);

/** Keeps a damaged value under another key in place of its own, and says which. */
export async function putAside(store: CertificateStore, key: string, value: Uint8Array): Promise<string> {
  const movedTo = `${key}.damaged-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}-${randomBytes(2).toString("hex")}`;
  await store.store(movedTo, value);
  await store.delete(key);
  return movedTo;
}

/** The certificate, or what is wrong with it. */
export function readStored(value: Buffer, name: ServedName): StoredCertificate | string {
  const { certificates, key } = readPem(value);
  if (key === undefined) return "there is no whole private key in it";
  const [first] = certificates;
  if (first === undefined) return "there is no whole certificate in it";
  try {
    const leaf = new X509Certificate(first);
    if (!leaf.checkPrivateKey(createPrivateKey(key))) return "its key is not the certificate's";
    if (!covers(leaf, name)) return `the certificate is not for ${name.value}`;
    const certificate = `${certificates.join("\n")}\n`;
    createSecureContext({ ...NO_ROOTS, cert: certificate, key });
    return { certificate, key: `${key}\n`, leaf, fingerprint: leaf.fingerprint256 };
  } catch {
    return "it can't be read";
  }
}
