/**
 * A certificate's name in ARI (RFC 9773 §4.1): `base64url(keyIdentifier of the authority) . base64url(serial)`, the serial as its DER octets.
 * Undefined: it has no authority key identifier.
 */
export async function renewalIdentifier(certificate: string): Promise<string | undefined> {
  const { identifyIssue } = await import("../x509.ts");
  const { authorityKeyIdentifier, serialNumber } = identifyIssue(certificate);
  if (authorityKeyIdentifier === undefined) return undefined;
  return `${Buffer.from(authorityKeyIdentifier).toString("base64url")}.${Buffer.from(serialNumber).toString("base64url")}`;
}
