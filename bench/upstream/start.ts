import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { startProcess, stopProcess } from "../process.ts";

export interface Upstream {
  readonly port: number;
  stop(): Promise<void>;
}

/** `core`: the one core that it may run on; default all. */
export async function startUpstream(core?: number): Promise<Upstream> {
  const child = startProcess({
    command: process.execPath,
    args: [fileURLToPath(new URL("./main.ts", import.meta.url))],
    ipc: true,
    core,
  });
  const [message] = (await once(child, "message")) as [{ readonly port: number }];
  return { port: message.port, stop: () => stopProcess(child) };
}
