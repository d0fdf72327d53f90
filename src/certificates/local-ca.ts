/**
 * `--tls internal`: a CA of the edge's own, for names that no public CA vouches for. Kept in `<state>/local-ca/` (0700):
 *
 *   ca.pem    what people put into their trust store; a copy out of ca.key
 *   ca.key    the CA's key and certificate in one file, so that the pair can't come apart (0600)
 *   leaf.pem  the server's key and certificate (0600)
 */
import { randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import type { ServedName } from "../config/served-name.ts";
import type { Log } from "../log/log.ts";
import { ensureDirectory, writeFileAtomic } from "../state/atomic-file.ts";
import { takeLease } from "../state/lease.ts";
import { covers } from "./certificate-checks.ts";
import { pairText, readIfThere, readPair, type KeyPair } from "./key-pair-file.ts";
import { permits, permittedSubtrees, readNameConstraints } from "./name-constraints.ts";

/** A server certificate of the local CA. */
export interface LocalCertificate {
  /** PEM, the leaf alone: whoever trusts the CA has its certificate. */
  readonly certificate: string;
  readonly key: string;
  readonly expires: Date;
  /** Path of the CA's certificate, for people to trust. */
  readonly authority: string;
}

const DAY = 86_400_000;
/** The CA's life: ten years, since every device has to be told anew. */
const AUTHORITY_LIFE = 3_650 * DAY;
/** The leaf's life. It is renewed when a third is left. */
const LEAF_LIFE = 90 * DAY;
/** How far certificates reach back: devices with a slow clock. */
const BACKDATED = 3_600_000;

/**
 * What is on disk if it is still right, otherwise made anew: the leaf when names or CA changed or a third of its life is left, the CA when
 * its constraints have no room for a name or it nears its end. Call it again to renew. Several processes may do so at once.
 * @throws ConfigurationError, or the file system's error, where the state directory can't be used.
 */
export async function openLocalCertificate(
  state: string,
  names: readonly ServedName[],
  log: Log,
  now: Date = new Date(),
): Promise<LocalCertificate> {
  const directory = join(state, "local-ca");
  await ensureDirectory(state);
  await ensureDirectory(directory);
  await using _lock = await takeLease(join(directory, ".lock"));
  const room: Room = { directory, names, log, now };
  const authority = (await usableAuthority(room)) ?? (await newAuthority(room));
  const leaf = (await usableLeaf(room, authority)) ?? (await newLeaf(room, authority));
  return { certificate: leaf.certificate, key: leaf.key, expires: leaf.parsed.validToDate, authority: join(directory, "ca.pem") };
}

interface Room {
  readonly directory: string;
  readonly names: readonly ServedName[];
  readonly log: Log;
  readonly now: Date;
}

async function usableAuthority(room: Room): Promise<KeyPair | undefined> {
  const path = join(room.directory, "ca.key");
  const found = await readPair(path, room.log);
  if (found === "missing") return undefined;
  const isAuthority = found !== "damaged" && found.parsed.ca && found.parsed.verify(found.parsed.publicKey);
  const permitted = isAuthority ? readNameConstraints(found.parsed.raw) : undefined;
  if (!isAuthority || permitted === undefined) {
    const asides = await Promise.all([moveAside(path, "damaged", room), moveAside(join(room.directory, "ca.pem"), "damaged", room)]);
    room.log.error("The local CA on disk is damaged; it was put aside and a new one takes its place.", { path, aside: asides[0] });
    return undefined;
  }
  const unfit = room.names.filter((name) => !permits(permitted, name)).map((name) => name.value);
  const ending = found.parsed.validToDate.getTime() - room.now.getTime() < LEAF_LIFE;
  // Made by a clock that was years ahead.
  const early = found.parsed.validFromDate > room.now;
  if (unfit.length === 0 && !ending && !early) {
    await publish(room, found);
    return found;
  }
  const aside = await moveAside(path, "replaced", room);
  await moveAside(join(room.directory, "ca.pem"), "replaced", room);
  const why = early ? "it is not valid yet: the clock was ahead when it was made" : ending ? "it nears its end" : unfitFor(unfit);
  room.log.warn(`The local CA is replaced, because ${why}. Every device has to trust the new one; stop trusting the old one.`, { aside });
  return undefined;
}

const unfitFor = (names: readonly string[]): string => `it may not issue for ${names.join(", ")}`;

async function newAuthority(room: Room): Promise<KeyPair> {
  const { makeAuthority } = await import("./x509.ts");
  const made = room.now.toISOString().slice(0, 10);
  // Told apart in a trust store by machine, day, and a number, since two may be made on one day.
  const name = `openclaw-edge local CA ${hostname()} ${made} ${randomBytes(2).toString("hex")}`;
  const pair = await makeAuthority(name, permittedSubtrees(room.names), validity(room.now, AUTHORITY_LIFE));
  const path = join(room.directory, "ca.key");
  await writeFileAtomic(path, pairText(pair), 0o600);
  const authority = await readBack(path, room.log);
  await publish(room, authority);
  room.log.info("A local CA was made. Trust it on every device that is to connect without a warning.", {
    path: join(room.directory, "ca.pem"),
  });
  return authority;
}

/** Keeps ca.pem equal to the certificate in ca.key. */
async function publish(room: Room, authority: KeyPair): Promise<void> {
  const path = join(room.directory, "ca.pem");
  const found = await readIfThere(path);
  if (found === authority.certificate) return;
  if (found !== undefined) {
    const aside = await moveAside(path, "damaged", room);
    room.log.warn("The local CA's certificate file did not belong to its key; it was put aside and written anew.", { path, aside });
  }
  await writeFileAtomic(path, authority.certificate, 0o644);
}

async function usableLeaf(room: Room, authority: KeyPair): Promise<KeyPair | undefined> {
  const path = join(room.directory, "leaf.pem");
  const found = await readPair(path, room.log);
  if (found === "missing") return undefined;
  if (found === "damaged") {
    const aside = await moveAside(path, "damaged", room);
    room.log.warn("The local certificate on disk is damaged; it was put aside and a new one takes its place.", { path, aside });
    return undefined;
  }
  const leaf = found.parsed;
  const ours = leaf.checkIssued(authority.parsed) && leaf.verify(authority.parsed.publicKey);
  const sameNames = leaf.subjectAltName?.split(", ").length === room.names.length && room.names.every((name) => covers(leaf, name));
  const renewAt = leaf.validToDate.getTime() - LEAF_LIFE / 3;
  const inTime = room.now >= leaf.validFromDate && room.now.getTime() < renewAt;
  return ours && sameNames && inTime ? found : undefined;
}

async function newLeaf(room: Room, authority: KeyPair): Promise<KeyPair> {
  const { makeLeaf } = await import("./x509.ts");
  const path = join(room.directory, "leaf.pem");
  await writeFileAtomic(path, pairText(await makeLeaf(room.names, authority, validity(room.now, LEAF_LIFE))), 0o600);
  return readBack(path, room.log);
}

async function readBack(path: string, log: Log): Promise<KeyPair> {
  const pair = await readPair(path, log);
  if (typeof pair === "string") throw new Error(`${path} is ${pair} right after it was written.`);
  return pair;
}

/** Renames a file out of the way and keeps it; resolves to its new path, or to undefined where there was none. */
async function moveAside(path: string, why: "damaged" | "replaced", room: Room): Promise<string | undefined> {
  const aside = `${path}.${why}-${room.now.toISOString().replaceAll(/[-:]|\.\d+/g, "")}-${randomBytes(2).toString("hex")}`;
  try {
    await rename(path, aside);
    return aside;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

const validity = (now: Date, life: number): { readonly notBefore: Date; readonly notAfter: Date } => ({
  notBefore: new Date(now.getTime() - BACKDATED),
  notAfter: new Date(now.getTime() + life),
});
