/** revokeCert (RFC 8555 §7.6), signed by the account or by the certificate's own key. */
import { X509Certificate } from "node:crypto";

import type { AcmeClient, Signed } from "./client.ts";
import type { RevokeRequest } from "./contract.ts";
import { failure, hasCode } from "./failure.ts";
import { isPrivateKey, openSigner } from "./jws.ts";

export async function revoke(client: AcmeClient, request: RevokeRequest, account: () => Promise<Signed>): Promise<void> {
  const { certificate, privateKey, reason } = request;
  if (privateKey !== undefined && !isPrivateKey(privateKey))
    throw failure("files", "The certificate's private key can't sign (it is no P-256 key).");
  const signed: Signed = privateKey === undefined ? await account() : { signer: await openSigner(privateKey), by: "key" };
  const der = new X509Certificate(certificate).raw.toString("base64url");
  try {
    await client.post(client.directory.revokeCert, { certificate: der, ...(reason !== undefined && { reason }) }, signed);
  } catch (error) {
    if (!hasCode(error, "alreadyRevoked")) throw error;
  }
}
