/** Ports of programs that can't be told to take any that is free, and don't say which one they took. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";

import { pause } from "./eventually.ts";

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Waits until somebody listens on the port, at most 20 s.
 * @param said the process's own words, for the error when it ends first or takes longer
 */
export async function listening(child: ChildProcess, port: number, said: () => string): Promise<void> {
  const end = performance.now() + 20_000;
  let failure: Error | undefined;
  child.once("error", (error) => (failure = error));
  while (performance.now() < end && failure === undefined && child.exitCode === null && child.signalCode === null) {
    if (await isListening(port)) return;
    await pause(25);
  }
  throw new Error(`${child.spawnfile} does not listen on port ${port}: ${failure?.message ?? (said() || "it said nothing")}`);
}

export function isListening(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
}
