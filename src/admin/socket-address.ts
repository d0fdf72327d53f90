import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname } from "node:path";

import { ConfigurationError } from "../errors.ts";

/** Octets of a socket's path that the system takes: sun_path without its NUL (unix(7); macOS and BSD have four fewer). */
const LONGEST = process.platform === "linux" ? 107 : 103;

/** How a socket's path is given to the system while `using` it. */
export interface SocketAddress extends AsyncDisposable {
  readonly path: string;
}

/**
 * A path that bind(2) and connect(2) take for a socket, however deep its directory lies: Linux reaches it through the directory's
 * descriptor.
 *
 * @throws ConfigurationError where the path is too long and the system has no such way
 */
export async function socketAddress(path: string): Promise<SocketAddress> {
  if (Buffer.byteLength(path) <= LONGEST) return { path, [Symbol.asyncDispose]: async () => {} };
  if (process.platform !== "linux") {
    const what = `The path is too long for a socket: ${Buffer.byteLength(path)} octets, and this system takes ${LONGEST}.`;
    throw new ConfigurationError([{ where: path, what, mend: "Choose a shorter directory with --state." }]);
  }
  const directory = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${directory.fd}/${basename(path)}`, [Symbol.asyncDispose]: () => directory.close() };
}
