import { closeSync, openSync, readSync } from "node:fs";

/** A TCP socket of this machine (of this network namespace) that somebody listens on. */
export interface ListeningSocket {
  /** Text form; `0.0.0.0` and `::` stand for every address. */
  readonly address: string;
  readonly port: number;
  /** The user id of whoever opened it. */
  readonly uid: number;
  /** What the socket is called in `/proc/PID/fd`. */
  readonly inode: string;
}

/** TCP_LISTEN of the kernel's tcp_states.h. */
const LISTENING = "0A";

/** Who listens on a port; nobody where the system does not tell (it has no `/proc/net`). */
export function listenersOn(port: number, proc = "/proc"): readonly ListeningSocket[] {
  return ["tcp", "tcp6"].flatMap((file) => table(`${proc}/net/${file}`)).filter((socket) => socket.port === port);
}

/**
 * The lines of proc_net_tcp(5): `sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …`. The kernel tells of those who
 * listen before all connections (`tcp_get_idx`), so reading ends at the first of these: a busy server has tens of thousands.
 */
function table(path: string): readonly ListeningSocket[] {
  const sockets: ListeningSocket[] = [];
  for (const line of linesOf(path)) {
    const [, local = "", , state, , , , uid = "", , inode = ""] = line.trim().split(/\s+/);
    const [, address = "", port = ""] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
    if (address === "") continue;
    if (state !== LISTENING) break;
    sockets.push({ address: addressOf(address), port: Number.parseInt(port, 16), uid: Number(uid), inode });
  }
  return sockets;
}

/** A file's whole lines, read as they are asked for; none of a file that can't be read. */
function* linesOf(path: string): Generator<string, void> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return;
  }
  try {
    const chunk = Buffer.allocUnsafe(4_096);
    let rest = "";
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
      const lines = (rest + chunk.toString("latin1", 0, length)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch {
    // What was read so far is told.
  } finally {
    closeSync(file);
  }
}

/** Words of 32 bits in the machine's own order, which on everything that runs Node is little-endian. */
function addressOf(hex: string): string {
  const octets = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, "hex")].toReversed());
  if (octets.length === 4) return octets.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => (((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0)).toString(16));
  if (groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff") return octets.slice(12).join(".");
  // The URL parser writes IPv6 in its shortest form.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
