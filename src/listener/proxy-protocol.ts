import { isIPv4, isIPv6 } from "node:net";

/**
 * The header that a load balancer sends before a connection's own octets: whose connection it is.
 * HAProxy, "The PROXY protocol", versions 1 and 2 (2020-03-05). A receiver must be told from whom to expect one, and must not guess.
 */
export type ProxyHeader =
  | { readonly kind: "incomplete" }
  | { readonly kind: "invalid" }
  /** The balancer speaks for itself (a health check), or does not know: the connection is its own. */
  | { readonly kind: "local"; /** Octets of the header. */ readonly size: number }
  | { readonly kind: "proxied"; readonly address: string; readonly port: number; /** Octets of the header. */ readonly size: number };

/** Octets of the longest header of version 1, its CR LF included (§2.1). */
const LONGEST_LINE = 107;
/** Octets after the first 16 of version 2: addresses, and additions such as AWS's endpoint id or a TLS client's name. */
const LONGEST_REST = 4_096;

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const LINE_START = Buffer.from("PROXY ", "latin1");

const INCOMPLETE: ProxyHeader = { kind: "incomplete" };
const INVALID: ProxyHeader = { kind: "invalid" };

export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (beginsLike(bytes, SIGNATURE)) return bytes.length < 16 ? INCOMPLETE : readVersion2(bytes);
  if (beginsLike(bytes, LINE_START)) return readVersion1(bytes);
  return INVALID;
}

/** Whether what is there so far fits. */
function beginsLike(bytes: Buffer, expected: Buffer): boolean {
  const length = Math.min(bytes.length, expected.length);
  return bytes.compare(expected, 0, length, 0, length) === 0;
}

function readVersion1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, LONGEST_LINE).indexOf("\r\n");
  if (end < 0) return bytes.length < LONGEST_LINE ? INCOMPLETE : INVALID;
  const size = end + 2;
  const [, protocol, source = "", destination = "", sourcePort = "", destinationPort = "", ...rest] = bytes
    .toString("latin1", 0, end)
    .split(" ");
  if (protocol === "UNKNOWN") return { kind: "local", size };
  const isAddress = protocol === "TCP4" ? isIPv4 : protocol === "TCP6" ? isBareIPv6 : undefined;
  if (isAddress === undefined || rest.length > 0) return INVALID;
  if (!isAddress(source) || !isAddress(destination) || !isPort(sourcePort) || !isPort(destinationPort)) return INVALID;
  return { kind: "proxied", address: source, port: Number(sourcePort), size };
}

const isBareIPv6 = (text: string): boolean => isIPv6(text) && !text.includes("%");
const isPort = (text: string): boolean => /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535;

function readVersion2(bytes: Buffer): ProxyHeader {
  const versionAndCommand = bytes.readUInt8(12);
  const familyAndProtocol = bytes.readUInt8(13);
  const length = bytes.readUInt16BE(14);
  if (length > LONGEST_REST) return INVALID;
  const size = 16 + length;
  const isLocal = versionAndCommand === 0x20;
  if (!isLocal && versionAndCommand !== 0x21) return INVALID;
  if (bytes.length < size) return INCOMPLETE;
  if (isLocal) return { kind: "local", size };
  switch (familyAndProtocol) {
    case 0x00: // unspecified
    case 0x31: // a unix stream socket: somebody on the balancer's machine, without an address
      return { kind: "local", size };
    case 0x11:
      if (length < 12) return INVALID;
      return { kind: "proxied", address: [...bytes.subarray(16, 20)].join("."), port: bytes.readUInt16BE(24), size };
    case 0x21: {
      if (length < 36) return INVALID;
      const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(16 + 2 * index).toString(16));
      return { kind: "proxied", address: groups.join(":"), port: bytes.readUInt16BE(48), size };
    }
    default: // datagrams, and what nobody has defined
      return INVALID;
  }
}
