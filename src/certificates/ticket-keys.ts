import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import type { Log } from "../log/log.ts";
import { ensureDirectory, writeFileAtomic } from "../state/atomic-file.ts";
import { takeLease } from "../state/lease.ts";
import { unlessMissing } from "../state/unless-missing.ts";

/**
 * The key that encrypts TLS session tickets (RFC 5077 §4, RFC 8446 §4.6.1), kept in a file so that clients resume across restarts, and
 * across certificate swaps, since one key serves every context.
 *
 * The runtime holds one key at a time and has no public way to accept tickets of the one before, so there is no overlap: a rotation
 * costs each client one full handshake, once a day. To void every ticket (a certificate's key was stolen: resumption shows no
 * certificate), delete the file and restart.
 */
export interface TicketKeys {
  /** 48 octets, as `ticketKeys` and `setTicketKeys` of node:tls take them. */
  readonly current: Buffer;
  /** Voids every ticket that was given out. */
  replace(): Promise<void>;
  close(): void;
}

/** Octets: 16 that name the key, 16 for HMAC, 16 for AES. */
const SIZE = 48;
/** Milliseconds that a key is used. Default 24 h: whoever steals it can read TLS 1.2 sessions of one day (TLS 1.3 tickets need a new key exchange). */
export const TICKET_KEY_LIFE = 86_400_000;

/** `onRotate` runs with every new key, whoever made it: several edges on one state directory use one key. */
export async function openTicketKeys(
  state: string,
  log: Log,
  onRotate: (key: Buffer) => void,
  life: number = TICKET_KEY_LIFE,
): Promise<TicketKeys> {
  await ensureDirectory(state);
  const path = join(state, "ticket-keys");
  let { key: current, left } = await keyOfToday(path, life, log);
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const schedule = (delay: number): void => {
    if (!closed) timer = setTimeout(rotate, delay).unref();
  };
  const rotate = async (): Promise<void> => {
    try {
      const next = await keyOfToday(path, life, log);
      if (!closed && !next.key.equals(current)) onRotate((current = next.key));
      left = next.left;
    } catch (cause) {
      // The old key goes on: that is a smaller evil than no resumption, and the disk may have room again in a minute.
      log.warn("The TLS ticket key could not be rotated.", { path, error: String(cause) });
      left = 60_000;
    }
    schedule(left);
  };
  schedule(left);

  return {
    get current() {
      return current;
    },
    async replace() {
      {
        await using _lock = await takeLease(`${path}.lock`);
        await writeFileAtomic(path, randomBytes(SIZE), 0o600);
      }
      clearTimeout(timer);
      await rotate();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** The key on disk if it is whole and young, otherwise a new one; with the milliseconds that it may still be used. */
async function keyOfToday(path: string, life: number, log: Log): Promise<{ readonly key: Buffer; readonly left: number }> {
  await using _lock = await takeLease(`${path}.lock`);
  const [found, status] = await Promise.all([unlessMissing(readFile(path)), unlessMissing(stat(path))]);
  if (found !== undefined && found.length !== SIZE) log.warn("The TLS ticket key was damaged and is replaced.", { path });
  const exposed = process.getuid !== undefined && status !== undefined && (status.mode & 0o077) !== 0;
  if (exposed) log.warn("Others could read the TLS ticket key (a restored backup?); it is replaced.", { path });
  const age = status === undefined ? life : Date.now() - status.mtimeMs;
  // A time in the future (the clock was wrong) counts as too old.
  if (!exposed && found?.length === SIZE && age > -60_000 && age < life) return { key: found, left: life - Math.max(0, age) };
  const key = randomBytes(SIZE);
  await writeFileAtomic(path, key, 0o600);
  return { key, left: life };
}
