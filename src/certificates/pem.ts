/** What a PEM file holds (RFC 7468). */
export interface Pem {
  /** The blocks labelled CERTIFICATE, in their order. */
  readonly certificates: readonly string[];
  /** The first private key, whatever its form. */
  readonly key: string | undefined;
  /** Whether a passphrase guards that key. */
  readonly encrypted: boolean;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** PKCS #8 and the older forms by algorithm; `Proc-Type: 4,ENCRYPTED` brings hyphens into the block. */
const PRIVATE_KEY = /-----BEGIN ((?:ENCRYPTED |RSA |EC )?PRIVATE KEY)-----.*?-----END \1-----/s;

/** Reads PEM as editors on any system leave it: with a byte order mark, CR LF, and text around the blocks. */
export function readPem(bytes: Uint8Array): Pem {
  const text = Buffer.from(bytes).toString("utf8").replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const key = PRIVATE_KEY.exec(text)?.[0];
  return {
    certificates: text.match(CERTIFICATE) ?? [],
    key,
    encrypted: key !== undefined && (key.startsWith("-----BEGIN ENCRYPTED") || key.includes("Proc-Type: 4,ENCRYPTED")),
  };
}
