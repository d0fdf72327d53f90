import type { Duplex } from "node:stream";

/** Octets of one read; a TLS record holds 16 KiB. */
const READ_SIZE = 65_536;
/** One buffer for all clients: what is read is copied out of it before anything else runs. */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_SIZE);

/** The majors of the runtime in which the door below was looked at, and is tested. */
const KNOWN_RUNTIMES: ReadonlySet<string> = new Set(["24", "26"]);
const isKnownRuntime = KNOWN_RUNTIMES.has(process.versions.node.split(".", 1)[0] as string);

/** What `onread` of `net.connect` sets on a socket, which the runtime offers for no TLS socket of a server's. */
interface Door {
  readonly _handle: { useUserBuffer(buffer: Uint8Array): void };
  [property: symbol]: unknown;
}

/**
 * Hands on what a client sends, from now on: `receive` owns what it is given.
 *
 * Every read as a `data` event of its own memory costs an ArrayBuffer outside the heap, which another thread frees, and the stream's
 * bookkeeping: an eleventh of a small GET. With `onread` (net.connect) the runtime reads into memory of ours in place of that, but takes the
 * option for client sockets alone; so it is set here as the runtime sets it there. In a runtime that is not known, or where anything of
 * it is not as expected, clients are read from by `data` events.
 */
export function readOctets(socket: Duplex, receive: (octets: Buffer) => void): void {
  if (!isKnownRuntime || !readIntoBuffer(socket, receive)) socket.on("data", receive);
}

function readIntoBuffer(socket: Duplex, receive: (octets: Buffer) => void): boolean {
  const own = Object.getOwnPropertySymbols(socket);
  const named = (name: string): symbol | undefined => own.find(({ description }) => description === name);
  const [buffer, callback, generator] = [named("kBuffer"), named("kBufferCb"), named("kBufferGen")];
  if (!hasDoor(socket) || buffer === undefined || callback === undefined || generator === undefined) return false;
  // What has been read before stays in order: it would come behind what comes now.
  if (socket.readableLength > 0 || [buffer, callback, generator].some((symbol) => socket[symbol] !== null)) return false;
  socket[buffer] = READ_BUFFER;
  socket[callback] = (size: number): boolean => {
    const octets = Buffer.allocUnsafe(size);
    READ_BUFFER.copy(octets, 0, 0, size);
    receive(octets);
    return true;
  };
  socket._handle.useUserBuffer(READ_BUFFER);
  socket.resume();
  return true;
}

/** Plain sockets serve redirects and challenges: what they cost is no matter. */
function hasDoor(socket: Duplex): socket is Duplex & Door {
  const { encrypted, _handle } = socket as { readonly encrypted?: boolean; readonly _handle?: Partial<Door["_handle"]> | null };
  return encrypted === true && typeof _handle?.useUserBuffer === "function";
}
