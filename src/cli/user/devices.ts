/** What a removed user's devices still hold at the Gateway, and how to take it back. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";

import { shown } from "../../config/read.ts";
import { devicesByProxy, gatewayDatabase, type PairedDevice } from "../../gateway/paired-devices.ts";
import { asOwnerOf } from "../../state/as-owner.ts";
import { say } from "./say.ts";

/** Devices that are named; the rest are in `openclaw devices list`. */
const SHOWN = 20;

/** @param addresses where the user signed in from */
export async function sayDevices(name: string, addresses: ReadonlySet<string>): Promise<void> {
  const devices = await ofThisMachine();
  const intro = `The Gateway may have paired ${name}'s devices. They can't come through this edge any more, but each keeps a token of the Gateway's own`;
  if (devices === undefined) {
    say(`${intro}. On the Gateway's machine, as its user:\n  openclaw devices list\n  openclaw devices remove DEVICE`);
    return;
  }
  if (devices.length === 0) {
    say("The Gateway has no devices that were paired through a proxy.");
    return;
  }
  say(`${intro}, and it does not say whose they are. Those paired through a proxy:`);
  for (const device of devices.slice(0, SHOWN)) process.stdout.write(`  ${describe(device, addresses)}\n`);
  if (devices.length > SHOWN) say(`and ${devices.length - SHOWN} more: openclaw devices list`);
  say(`Take back what is ${name}'s, as the Gateway's user:\n  openclaw devices remove DEVICE`);
}

function describe({ id, name, platform, address, seenAt }: PairedDevice, addresses: ReadonlySet<string>): string {
  const what = [name, platform, address, `seen ${new Date(seenAt).toISOString().slice(0, 10)}`];
  const known = address !== undefined && addresses.has(address) ? "  (signed in from there)" : "";
  const parts = what.filter((part) => part !== undefined).map((part) => shown(part).slice(1, -1));
  return `${shown(id).slice(1, -1)}\n      ${parts.join(", ")}${known}`;
}

/** Of the Gateway of whoever runs this, or of whoever became root for it. */
async function ofThisMachine(): Promise<readonly PairedDevice[] | undefined> {
  const invoker = process.env["SUDO_USER"];
  const homes = [homedir(), ...(invoker === undefined ? [] : [await homeOf(invoker)])].filter((home) => home !== undefined);
  for (const home of homes) {
    const database = gatewayDatabase(process.env, home);
    const devices = await asOwnerOf(database, () => devicesByProxy(database));
    if (devices !== undefined) return devices;
  }
  return undefined;
}

async function homeOf(user: string): Promise<string | undefined> {
  const lines = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n");
  return lines.find((line) => line.startsWith(`${user}:`))?.split(":")[5];
}
