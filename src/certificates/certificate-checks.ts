/** What makes a chain fit to serve. Pure: certificates, names and a moment in; problems and warnings out. */
import type { KeyObject, X509Certificate } from "node:crypto";

import type { ServedName } from "../config/served-name.ts";
import type { Problem } from "../errors.ts";

type Chain = readonly [X509Certificate, ...X509Certificate[]];

const DAY = 86_400_000;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE = "2.5.29.37.0";

/** The key must be the first certificate's. `key` undefined: it is unknown, and nothing can be said. */
export function checkOrder(
  chain: Chain,
  key: KeyObject | undefined,
  where: { readonly certificate: string; readonly key: string },
): readonly Problem[] {
  if (key === undefined || chain[0].checkPrivateKey(key)) return [];
  const at = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (at > 0) {
    const what = `The certificates are in the wrong order: the server's own is number ${at + 1} and must be the first.`;
    return [{ where: where.certificate, what, mend: "Put the server's certificate first, then the one that signed it, and so on." }];
  }
  const mend = "Name the key that the certificate was issued for; with certbot both are in the same live/ directory.";
  return [{ where: where.key, what: "The key does not belong to the certificate.", mend }];
}

/** Time, names and purpose of the server's own certificate. */
export function checkLeaf(leaf: X509Certificate, names: readonly ServedName[], now: Date, where: string): readonly Problem[] {
  const problems: Problem[] = [];
  if (now > leaf.validToDate) problems.push({ where, what: `It expired on ${day(leaf.validToDate)}.`, mend: "Renew it." });
  if (now < leaf.validFromDate) {
    const what = `It is not valid before ${leaf.validFromDate.toISOString()}; this machine's clock says ${now.toISOString()}.`;
    problems.push({ where, what, mend: "Check the clock, or wait." });
  }
  const missing = names.filter((name) => !covers(leaf, name)).map((name) => name.value);
  if (missing.length > 0) {
    const what = `It does not cover ${missing.join(", ")}; it is for ${leaf.subjectAltName ?? "no name at all (it has no SAN)"}.`;
    problems.push({ where, what, mend: "Get a certificate with these names, or leave them out of --domain." });
  }
  const usages: readonly string[] | undefined = leaf.keyUsage; // the extended ones, whatever the runtime calls them
  if (usages && !usages.includes(SERVER_AUTH) && !usages.includes(ANY_USAGE)) {
    problems.push({ where, what: "It was not issued for servers (extended key usage).", mend: "Get a certificate for TLS servers." });
  }
  return problems;
}

/** RFC 9525 §6: the SAN alone counts, never the subject; a wildcard is a whole left-most label and stands for one label. */
export function covers(leaf: X509Certificate, name: ServedName): boolean {
  if (name.kind === "ip") return leaf.checkIP(name.value) !== undefined;
  return (
    leaf.checkHost(name.value, { subject: "never", wildcards: true, partialWildcards: false, multiLabelWildcards: false }) !== undefined
  );
}

/** Milliseconds before expiry at which the operator should know: 7 days, and for short-lived certificates a third of their life. */
export function expiryNotice(leaf: X509Certificate): number {
  return Math.min(7 * DAY, (leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 3);
}

/** Things that work today. */
export function leafWarnings(chain: Chain, now: Date, where: string): readonly Problem[] {
  const [leaf, ...issuers] = chain;
  const warnings: Problem[] = [];
  if (leaf.validToDate.getTime() - now.getTime() < expiryNotice(leaf)) {
    warnings.push({ where, what: `It expires on ${day(leaf.validToDate)}.`, mend: "Renew it; the edge takes up the new file by itself." });
  }
  for (const issuer of issuers) {
    if (now <= issuer.validToDate) continue;
    warnings.push({
      where,
      what: `The certificate of its issuer ("${oneLine(issuer.subject)}") has expired.`,
      mend: "Get the present chain from the CA.",
    });
  }
  const { asymmetricKeyType } = leaf.publicKey;
  if (asymmetricKeyType !== "ec" && asymmetricKeyType !== "rsa") {
    warnings.push({
      where,
      what: `Browsers don't support its key (${asymmetricKeyType}).`,
      mend: "Get a certificate with an ECDSA P-256 key.",
    });
  }
  return warnings;
}

/**
 * TLS 1.2 demands that each certificate certifies the one before it (RFC 5246 §7.4.2); most clients put up with less (RFC 8446 §4.4.2).
 * Whose leaf says where its issuer is (RFC 5280 §4.2.2.1) is not trusted by itself: some browsers look there, other clients don't.
 */
export function orderWarnings(chain: Chain, where: string): readonly Problem[] {
  const [leaf, ...issuers] = chain;
  if (issuers.length === 0 && leaf.infoAccess?.includes("CA Issuers") === true && leaf.issuer !== leaf.subject) {
    const what = `It comes without the one that signed it ("${oneLine(leaf.issuer)}"): phones, scripts and some browsers won't trust it.`;
    return [{ where, what, mend: "Name the file with the whole chain, often fullchain.pem." }];
  }
  const astray = issuers.findIndex((issuer, index) => !chain[index]?.checkIssued(issuer));
  if (astray < 0) return [];
  const what = `Certificate ${astray + 2} did not sign certificate ${astray + 1}, so some clients may not find the way to the root.`;
  return [{ where, what, mend: "Put the server's certificate first, then the one that signed it, and so on, and nothing else." }];
}

/** Who signed it: `Let's Encrypt (R11)`, as far as the certificate says it. */
export function issuerOf(leaf: X509Certificate): string {
  const field = (key: string): string | undefined => new RegExp(`^${key}=(.+)$`, "m").exec(leaf.issuer)?.[1];
  const [organisation, name] = [field("O"), field("CN")];
  if (organisation === undefined || name === undefined) return organisation ?? name ?? "unknown";
  return `${organisation} (${name})`;
}

const day = (date: Date): string => date.toISOString().slice(0, 10);

const oneLine = (subject: string): string => subject.replaceAll("\n", ", ");
