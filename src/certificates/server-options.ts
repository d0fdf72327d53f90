/** TLS as Mozilla's guideline 6.0 has it, "intermediate". */
import { constants } from "node:crypto";
import type { TlsOptions } from "node:tls";

/** No order is enforced: the guideline lets the client choose, since a phone without AES instructions is faster with ChaCha20. */
const SUITES = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

/** Seconds for which a session may be resumed. Default 86,400, as the guideline's configurations have it; a ticket key lives no longer either. */
const SESSION_TIMEOUT = 86_400;

/** RFC 7301 §6. */
const HTTP = "http/1.1";

/** Nobody is asked for a certificate; where no list of CAs is given, the runtime would parse all of Mozilla's. */
export const NO_ROOTS: Pick<TlsOptions, "ca"> = { ca: [] };

/** What every context of the server shares; no certificate and no names yet. */
export function baseOptions(openssl = process.versions.openssl): TlsOptions {
  return {
    ...NO_ROOTS,
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    ciphers: SUITES.join(":"),
    honorCipherOrder: false,
    ecdhCurve: [...(hasMlKem(openssl) ? ["X25519MLKEM768"] : []), "X25519", "prime256v1", "secp384r1"].join(":"),
    // The runtime would allow three renegotiations in ten minutes.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    sessionTimeout: SESSION_TIMEOUT,
    // The runtime's default is a hash of the command line: a restart with one more flag would refuse every ticket.
    sessionIdContext: "openclaw-edge",
    // Not ALPNProtocols: of that list the runtime makes a copy for each connection, and keeps it as long.
    ALPNCallback: ({ protocols }) => (protocols.includes(HTTP) ? HTTP : undefined),
  };
}

/** OpenSSL 3.5 brought ML-KEM; an older one refuses the whole list for a group that it does not know. */
function hasMlKem(openssl: string): boolean {
  const [major = 0, minor = 0] = openssl.split(".").map((part) => Number.parseInt(part, 10));
  return major > 3 || (major === 3 && minor >= 5);
}
