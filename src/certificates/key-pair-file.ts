/** A private key and its certificate in one PEM file, so that one atomic write replaces both. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmod, readFile, stat } from "node:fs/promises";

import type { Log } from "../log/log.ts";
import { unlessMissing } from "../state/unless-missing.ts";
import { readPem } from "./pem.ts";

export interface KeyPair {
  /** PEM, ends in a line feed. */
  readonly certificate: string;
  /** PEM, ends in a line feed. */
  readonly key: string;
  readonly parsed: X509Certificate;
}

export const pairText = (pair: { readonly certificate: string; readonly key: string }): string => pair.key + pair.certificate;

/** Damaged: cut short, unreadable as PEM, or a key and a certificate that don't fit. A file that others may read is closed to them. */
export async function readPair(path: string, log: Log): Promise<KeyPair | "missing" | "damaged"> {
  const text = await readIfThere(path);
  if (text === undefined) return "missing";
  await keepPrivate(path, log);
  const { certificates, key } = readPem(Buffer.from(text));
  const [certificate] = certificates;
  if (certificate === undefined || key === undefined) return "damaged";
  try {
    const parsed = new X509Certificate(certificate);
    return parsed.checkPrivateKey(createPrivateKey(key)) ? { certificate: `${certificate}\n`, key: `${key}\n`, parsed } : "damaged";
  } catch {
    return "damaged";
  }
}

/** The file's text; undefined: there is none. */
export const readIfThere = (path: string): Promise<string | undefined> => unlessMissing(readFile(path, "utf8"));

async function keepPrivate(path: string, log: Log): Promise<void> {
  if (process.getuid === undefined || ((await stat(path)).mode & 0o077) === 0) return;
  await chmod(path, 0o600);
  log.warn("Others could read a private key; the file's mode was set to 600. If they may have copied it, delete the file and restart.", {
    path,
  });
}
