/** What a client asks for in its first TLS message (RFC 8446 §4.1.2; RFC 5246 §7.4.1.2 reads alike). A pure function. */

export type ClientHello =
  /** More octets are needed. */
  | { readonly kind: "incomplete" }
  | {
      readonly kind: "hello";
      /** Lower case, as it was sent (RFC 6066 §3); undefined: none was. */
      readonly serverName: string | undefined;
      /** What it offers by ALPN (RFC 7301), in its order. */
      readonly protocols: readonly string[];
    }
  /** Anything else, well formed or not: that is for TLS itself to judge. */
  | { readonly kind: "other" };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const ALPN = 16;
/** Octets of a record's content at most (RFC 8446 §5.1). */
const LONGEST_RECORD = 16_384;

const OTHER: ClientHello = { kind: "other" };
const INCOMPLETE: ClientHello = { kind: "incomplete" };

/** Reads a ClientHello that lies in one record, as all do that anybody sends. */
export function readClientHello(bytes: Buffer): ClientHello {
  if (bytes[0] !== HANDSHAKE) return bytes.length === 0 ? INCOMPLETE : OTHER;
  if (bytes.length < 5) return INCOMPLETE;
  const length = bytes.readUInt16BE(3);
  if (length === 0 || length > LONGEST_RECORD) return OTHER;
  if (bytes.length < 5 + length) return INCOMPLETE;
  try {
    return readMessage(new Octets(bytes.subarray(5, 5 + length)));
  } catch {
    return OTHER; // cut short
  }
}

function readMessage(record: Octets): ClientHello {
  if (record.number(1) !== CLIENT_HELLO) return OTHER;
  const message = record.vector(3);
  message.skip(2 + 32); // version, random
  message.vector(1); // session id
  message.vector(2); // cipher suites
  message.vector(1); // compression methods
  let serverName: string | undefined;
  let protocols: readonly string[] = [];
  const extensions = message.isEmpty ? message : message.vector(2);
  while (!extensions.isEmpty) {
    const type = extensions.number(2);
    const extension = extensions.vector(2);
    if (type === SERVER_NAME) serverName = readServerName(extension);
    if (type === ALPN) protocols = readProtocols(extension);
  }
  return { kind: "hello", serverName, protocols };
}

function readServerName(extension: Octets): string | undefined {
  const list = extension.vector(2);
  while (!list.isEmpty) {
    const type = list.number(1);
    const name = list.vector(2);
    if (type === HOST_NAME) return name.text().toLowerCase();
  }
  return undefined;
}

function readProtocols(extension: Octets): readonly string[] {
  const list = extension.vector(2);
  const protocols: string[] = [];
  while (!list.isEmpty) protocols.push(list.vector(1).text());
  return protocols;
}

/** Reads on, and throws where there is nothing left. */
class Octets {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(size: number): void {
    if (this.#at + size > this.#bytes.length) throw new RangeError("cut short");
    this.#at += size;
  }

  number(size: number): number {
    this.skip(size);
    return this.#bytes.readUIntBE(this.#at - size, size);
  }

  /** Octets behind their own length. */
  vector(lengthSize: number): Octets {
    const length = this.number(lengthSize);
    this.skip(length);
    return new Octets(this.#bytes.subarray(this.#at - length, this.#at));
  }

  text(): string {
    return this.#bytes.toString("latin1");
  }
}
