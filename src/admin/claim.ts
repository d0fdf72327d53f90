import { randomBytes } from "node:crypto";
import { link, readdir, rename, rm } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";

import { ensureDirectory } from "../state/atomic-file.ts";
import { socketAddress } from "./socket-address.ts";

/** The directory of a running edge inside its state directory, mode 0700. */
export const RUN = "run";
/** The socket's name in it. */
export const SOCKET = "admin.sock";

export type Claim =
  /** It is ours until `release`, or until this process ends in whatever way. */
  | { readonly kind: "claimed"; readonly release: () => Promise<void> }
  /** Another process has it; `socket` is where it can be asked who it is. */
  | { readonly kind: "held"; readonly socket: string }
  /** The file system has no sockets (some network and shared folders): nobody can tell who uses the directory. */
  | { readonly kind: "unsupported"; readonly cause: unknown };

/**
 * Claims a state directory for this process, and opens its admin socket in the same act: the claim *is* the listening socket, so it ends
 * with the process whatever kills it, and it holds between containers, which share no process ids.
 *
 * Each claim is a hard link of the claimant's socket under a number that only one process can take. Whoever finds the highest number
 * dead (nobody listens) takes the next one with link(2), which fails if it exists. The highest is never removed, so no number is ever
 * the highest twice; whoever finds a higher one after taking his own has slept, and begins again.
 *
 * @param state the state directory
 * @param connected takes every connection to the admin socket, from the first moment
 */
export async function claimState(state: string, connected: (socket: net.Socket) => void): Promise<Claim> {
  const directory = join(state, RUN);
  await ensureDirectory(directory);
  const temporary = join(directory, `.${process.pid}.${randomBytes(6).toString("hex")}.sock`);
  const server = net.createServer({ allowHalfOpen: true }, connected);
  server.maxConnections = CONNECTIONS;
  try {
    await listenPrivately(server, temporary);
    for (;;) {
      const highest = Math.max(0, ...(await claims(directory)));
      const before = join(directory, `${CLAIM}${highest}`);
      if (highest > 0 && (await isAlive(before))) {
        server.close();
        await rm(temporary, { force: true });
        return { kind: "held", socket: before };
      }
      if (await take(directory, temporary, highest + 1)) break;
    }
    const socket = join(directory, SOCKET);
    await rename(temporary, socket);
    return {
      kind: "claimed",
      release: async () => {
        await rm(socket, { force: true });
        server.close();
      },
    };
  } catch (cause) {
    server.close();
    await rm(temporary, { force: true });
    if (!UNSUPPORTED.has(String((cause as NodeJS.ErrnoException).code))) throw cause;
    return { kind: "unsupported", cause };
  }
}

const CLAIM = "claim.";
/** Admin connections at once; one more is closed. Its clients ask one thing each, and leave. */
const CONNECTIONS = 16;
const UNSUPPORTED = new Set(["EOPNOTSUPP", "ENOTSUP", "EPERM", "EINVAL", "ENOSYS", "EXDEV", "EMLINK"]);

/** Takes a number; false when somebody else was quicker. */
async function take(directory: string, socket: string, number: number): Promise<boolean> {
  const own = `${CLAIM}${number}`;
  try {
    await link(socket, join(directory, own));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
  if ((await claims(directory)).some((other) => other > number)) {
    await rm(join(directory, own), { force: true });
    return false;
  }
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    // What the dead left behind. A socket that is alive is of somebody who has just started, and will find our claim.
    const isOver = name.startsWith(CLAIM) ? name !== own : name.startsWith(".") && path !== socket && !(await isAlive(path));
    if (isOver) await rm(path, { force: true });
  }
  return true;
}

async function claims(directory: string): Promise<readonly number[]> {
  const names = await readdir(directory);
  return names.filter((name) => /^claim\.[1-9]\d{0,14}$/.test(name)).map((name) => Number(name.slice(CLAIM.length)));
}

/** Whether somebody listens. One who can't be asked (another user's, a full queue) counts as alive. */
async function isAlive(path: string): Promise<boolean> {
  await using address = await socketAddress(path);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = net.createConnection({ path: address.path });
  socket.once("connect", () => resolve(true));
  socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "ECONNREFUSED" && code !== "ENOENT"));
  const alive = await promise;
  socket.destroy();
  return alive;
}

/** Listens on a socket that is its owner's alone from the moment it exists: bind(2) takes the mode from the umask. */
async function listenPrivately(server: net.Server, path: string): Promise<void> {
  await using address = await socketAddress(path);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  const umask = process.umask(0o177);
  try {
    server.listen({ path: address.path, backlog: 64 }, resolve);
  } finally {
    process.umask(umask);
  }
  await promise;
  server.off("error", reject);
  server.on("error", () => {});
}
