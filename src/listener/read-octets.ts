import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Octets of one read; a TLS record holds 16 KiB. */
const READ_SIZE = 65_536;
/** One buffer for all clients: what is read is copied out of it before anything else runs. */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_SIZE);

/**
 * Octets of a slab that small reads are copied into, one behind the other. Our own, and not Buffer's: there the runtime keeps a few octets
 * for each TLS connection, which would keep the slab as long.
 */
const SLAB_SIZE = 16_384;
const LARGEST_IN_SLAB = 4_096;
let slab = Buffer.alloc(0);
let used = 0;

/** The majors of the runtime in which the door below was looked at, and is tested. */
const KNOWN_RUNTIMES: ReadonlySet<string> = new Set(["24", "26"]);

/** A socket, seen as what `onread` of `net.connect` sets on it. The runtime offers that for no TLS socket of a server's. */
interface Door {
  readonly _handle: { useUserBuffer(buffer: Uint8Array): void };
  [property: symbol]: unknown;
}

const DOOR = KNOWN_RUNTIMES.has(process.versions.node.split(".", 1)[0] as string) ? findDoor() : undefined;

/**
 * Hands on what a client sends, from now on: `receive` owns what it is given.
 *
 * Every read as a `data` event of its own memory costs an ArrayBuffer outside the heap, which another thread frees, and the stream's
 * bookkeeping: an eleventh of a small GET. With `onread` (net.connect) the runtime reads into memory of ours in place of that, but takes the
 * option for client sockets alone; so it is set here as the runtime sets it there. In a runtime that is not known, or where anything of
 * it is not as expected, clients are read from by `data` events.
 */
export function readOctets(socket: Duplex, receive: (octets: Buffer) => void): void {
  // What has been read before stays in order: it would come behind what comes now.
  if (DOOR === undefined || !isClosedDoor(socket) || socket.readableLength > 0) return void socket.on("data", receive);
  socket[DOOR.buffer] = READ_BUFFER;
  socket[DOOR.callback] = (size: number): boolean => {
    const octets = memory(size);
    READ_BUFFER.copy(octets, 0, 0, size);
    receive(octets);
    return true;
  };
  socket._handle.useUserBuffer(READ_BUFFER);
  socket.resume();
}

function memory(size: number): Buffer {
  if (size > LARGEST_IN_SLAB) return Buffer.allocUnsafeSlow(size);
  if (used + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_SIZE);
    used = 0;
  }
  return slab.subarray(used, (used += size));
}

/** The properties that hold what `onread` was given. Looked for once: what a connection keeps alive is multiplied by thousands. */
function findDoor(): { readonly buffer: symbol; readonly callback: symbol } | undefined {
  const properties = Object.getOwnPropertySymbols(new Socket());
  const [buffer, callback] = ["kBuffer", "kBufferCb"].map((name) => properties.find(({ description }) => description === name));
  return buffer === undefined || callback === undefined ? undefined : { buffer, callback };
}

/** Plain sockets serve redirects and challenges: what they cost is no matter. */
function isClosedDoor(socket: Duplex): socket is Duplex & Door {
  const { encrypted, _handle } = socket as { readonly encrypted?: boolean; readonly _handle?: Partial<Door["_handle"]> | null };
  if (encrypted !== true || typeof _handle?.useUserBuffer !== "function" || DOOR === undefined) return false;
  const { buffer, callback } = DOOR;
  return (socket as Duplex & Door)[buffer] === null && (socket as Duplex & Door)[callback] === null;
}
