/** The certificate that came (RFC 8555 §7.4.2): it is what was ordered, or it is not used. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";

import type { ServedName } from "../../config/served-name.ts";
import { covers } from "../certificate-checks.ts";
import { readPem } from "../pem.ts";
import { failure } from "./failure.ts";

/** id-kp-serverAuth */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/** Certificates in a chain; more than any CA has between a leaf and its root. */
const LONGEST_CHAIN = 10;

/**
 * The chain in our own PEM form, leaf first: whatever else stood in the answer is gone.
 * @param now by the CA's clock: ours may be the one that is wrong.
 * @throws AcmeError `certificateUnusable`, `certificateWrongKey`, `certificateWrongNames`.
 */
export function checkedChain(answer: string, privateKey: string, names: readonly ServedName[], now: Date): string {
  const [leaf, ...issuers] = parse(answer);
  if (leaf === undefined) throw failure("certificateUnusable", "The CA answered no certificate.");
  if (!leaf.checkPrivateKey(createPrivateKey(privateKey))) {
    throw failure("certificateWrongKey", "The CA's certificate is for another key than the one that was sent.");
  }
  const missing = names.filter((name) => !covers(leaf, name)).map(({ value }) => value);
  if (missing.length > 0) throw failure("certificateWrongNames", `The CA's certificate is not for ${missing.join(", ")}.`);
  if (now < leaf.validFromDate || now > leaf.validToDate) {
    throw failure("certificateUnusable", `The CA's certificate is valid from ${leaf.validFrom} to ${leaf.validTo}: not now.`);
  }
  if (!(leaf.keyUsage as readonly string[] | undefined)?.includes(SERVER_AUTH)) {
    throw failure("certificateUnusable", "The CA's certificate is not for servers (extended key usage).");
  }
  const chain = [leaf, ...issuers].map((certificate) => certificate.toString()).join("");
  try {
    createSecureContext({ cert: chain, key: privateKey });
  } catch (cause) {
    throw failure("certificateUnusable", `OpenSSL refuses the CA's certificate: ${cause instanceof Error ? cause.message : "?"}.`, {
      cause,
    });
  }
  return chain;
}

function parse(answer: string): readonly X509Certificate[] {
  const blocks = readPem(Buffer.from(answer)).certificates;
  if (blocks.length > LONGEST_CHAIN) throw failure("certificateUnusable", `The CA's chain has ${blocks.length} certificates.`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw failure("certificateUnusable", "The CA's certificate can't be read.", { cause });
  }
}
