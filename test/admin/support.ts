import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import net from "node:net";

import { onTestFinished } from "vitest";

import { recordingLog, type RecordingLog } from "../support/recording-log.ts";
import { openAdmin, type Admin } from "../../src/admin/open.ts";

/** An admin API in this process; goes away with the test. */
export async function adminOn(state: string, log: RecordingLog = recordingLog()): Promise<Admin> {
  const admin = await openAdmin(state, "1.2.3", log);
  onTestFinished(() => admin.close());
  return admin;
}

/** A process of its own that holds the state directory until somebody kills it. */
export async function holderOf(state: string, prefix: readonly string[] = []): Promise<ChildProcess> {
  const program = `
    import { openAdmin } from ${JSON.stringify(new URL("../../src/admin/open.ts", import.meta.url).href)};
    const quiet = { info() {}, warn() {}, error() {} };
    await openAdmin(${JSON.stringify(state)}, "1.2.3", quiet);
    process.stdout.write("held");`;
  const [command, ...args] = [...prefix, process.execPath, "--input-type=module", "--eval", program];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

export async function killed(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Says something to a socket, and resolves with all that comes back until it is closed. */
export async function say(path: string, bytes: string | Uint8Array, { half = false } = {}): Promise<string> {
  const socket = net.createConnection({ path });
  onTestFinished(() => void socket.destroy());
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  socket.on("error", () => {});
  if (half) socket.end(bytes);
  else socket.write(bytes);
  await once(socket, "close");
  return heard;
}
