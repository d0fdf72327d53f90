import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

/**
 * Whether the chain leads to a root that browsers bring along (Mozilla's list, as the runtime has it). A company's own CA, a staging
 * CA and a self-signed certificate don't. Reads up to 150 certificates: some 10 ms, once for every certificate that is taken up.
 */
export function isPubliclyTrusted(chain: readonly X509Certificate[]): boolean {
  const last = chain.at(-1);
  if (last === undefined || !chain.slice(1).every((issuer, index) => chain[index]?.checkIssued(issuer))) return false;
  return rootCertificates.some((pem) => {
    const root = new X509Certificate(pem);
    return last.fingerprint256 === root.fingerprint256 || (last.issuer === root.subject && last.verify(root.publicKey));
  });
}
