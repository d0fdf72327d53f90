/** What the CA will find when it looks (RFC 8555 §8.3, RFC 8737 §3). */
import { createHash } from "node:crypto";

import type { ServedName } from "../../config/served-name.ts";
import type { Challenge, ChallengeType } from "./contract.ts";
import { serverNameOf } from "./identifiers.ts";

export async function answerTo(type: ChallengeType, identifier: ServedName, token: string, thumbprint: string): Promise<Challenge> {
  const keyAuthorization = `${token}.${thumbprint}`;
  if (type === "http-01") return { type, identifier, token, keyAuthorization };
  const { makeChallengeCertificate } = await import("../x509.ts");
  const digest = createHash("sha256").update(keyAuthorization).digest();
  const { certificate, key } = await makeChallengeCertificate(identifier, digest);
  return { type, identifier, serverName: serverNameOf(identifier), certificate, privateKey: key };
}
