/** A name server on loopback (TCP, as Pebble asks, and UDP, as others do) that knows only what a test says; NXDOMAIN for all else. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv6, type AddressInfo, type Socket } from "node:net";

export interface NameServer {
  /** host:port */
  readonly address: string;
  /** Addresses by name; `*` answers for names that are not listed. */
  readonly records: Map<string, readonly string[]>;
  /** The `issue` properties of CAA records by name. */
  readonly caa: Map<string, readonly string[]>;
  /** May be called again. */
  close(): void;
}

const A = 1;
const AAAA = 28;
const CAA = 257;

export async function startNameServer(host: string, records: Readonly<Record<string, readonly string[]>>): Promise<NameServer> {
  const known = new Map(Object.entries(records));
  const caa = new Map<string, readonly string[]>();
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    let queries: Buffer = Buffer.alloc(0);
    socket.on("error", () => {}).on("close", () => clients.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      queries = Buffer.concat([queries, chunk]);
      // RFC 1035 §4.2.2: each message has its length in front.
      while (queries.length >= 2 && queries.length >= 2 + queries.readUInt16BE(0)) {
        const end = 2 + queries.readUInt16BE(0);
        const answer = reply(queries.subarray(2, end), known, caa);
        queries = queries.subarray(end);
        if (answer === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      }
    });
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const datagrams = createSocket("udp4").on("message", (query, from) => {
    const answer = reply(query, known, caa);
    if (answer !== undefined) datagrams.send(answer, from.port, from.address);
  });
  datagrams.bind(port, host).unref();
  await once(datagrams, "listening");
  const open = new DisposableStack();
  open.defer(() => server.close());
  open.defer(() => datagrams.close());
  open.defer(() => {
    for (const client of clients) client.destroy();
  });
  const close = (): void => open.dispose();
  return { address: `${host}:${port}`, records: known, caa, close };
}

function reply(
  query: Buffer,
  records: ReadonlyMap<string, readonly string[]>,
  caa: ReadonlyMap<string, readonly string[]>,
): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]; length !== undefined && length > 0; length = query[at]) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  const end = at + 5;
  if (query.length < end) return undefined;
  const type = query.readUInt16BE(at + 1);
  const name = labels.join(".").toLowerCase();
  const addresses = records.get(name) ?? records.get("*");
  const answers =
    type === CAA
      ? (caa.get(name) ?? []).map((issuer) => resource(CAA, Buffer.concat([Buffer.from([0, 5]), Buffer.from(`issue${issuer}`)])))
      : (addresses ?? []).filter((address) => (isIPv6(address) ? AAAA : A) === type).map((address) => resource(type, octetsOf(address)));
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(addresses === undefined ? 0x81_83 : 0x81_80, 2); // a response; NXDOMAIN is 3
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers.length, 6);
  return Buffer.concat([head, query.subarray(12, end), ...answers]);
}

const octetsOf = (address: string): Buffer => (isIPv6(address) ? ipv6Octets(address) : Buffer.from(address.split(".").map(Number)));

function resource(type: number, octets: Buffer): Buffer {
  const head = Buffer.from([0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 0, 0, octets.length]); // the question's name, class IN, TTL 0
  return Buffer.concat([head, octets]);
}

function ipv6Octets(address: string): Buffer {
  const [head = "", tail = ""] = address.split("::");
  const [before, after] = [head.split(":").filter(Boolean), tail.split(":").filter(Boolean)];
  const groups = [...before, ...new Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}
