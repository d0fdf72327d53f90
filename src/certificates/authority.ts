import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { ConfigurationError } from "../errors.ts";
import { isMistake } from "../config/read.ts";
import { readServedName } from "../config/names.ts";
import { beyondPrivate, readNameConstraints, type Subtree } from "./name-constraints.ts";

/** The certificate of the local CA, as devices are told to trust it. */
export interface Authority {
  /** Path of the PEM file. */
  readonly path: string;
  /** PEM, the CA's certificate alone. */
  readonly certificate: string;
  /** Its common name, as a trust store lists it. */
  readonly name: string;
  /** A file name without its ending, told apart by the certificate: a machine may trust several edges. */
  readonly label: string;
  /** SHA-256 of the certificate, in pairs of hexadecimal digits with colons. */
  readonly fingerprint: string;
  readonly expires: Date;
  /** What it may vouch for besides private names and addresses: names with all below them, and addresses. */
  readonly beyond: readonly string[];
}

/** Octets; it has about a thousand. */
const LARGEST = 65_536;

/**
 * Reads the local CA's certificate from the state directory. It is checked to be what the edge makes: a CA that may vouch for private or
 * named hosts only, and which those are is told (`beyond`). Whoever swaps the file for a certificate without those bounds gets nowhere.
 *
 * @throws ConfigurationError where there is none, or it is something else
 */
export async function readAuthority(state: string): Promise<Authority> {
  const path = join(state, "local-ca", "ca.pem");
  const parsed = parse(await read(path, state), path);
  const beyond = beyondPrivate(readNameConstraints(parsed.raw) ?? EVERYTHING);
  if (!parsed.ca || !parsed.verify(parsed.publicKey) || !beyond.every(isOne)) {
    throw refusal(
      path,
      "It is no CA certificate of the edge's: it could vouch for every site there is.",
      "Don't trust it. Move it away, and start the edge: it makes its own anew.",
    );
  }
  const name = /^CN=(.*)$/m.exec(parsed.subject)?.[1] ?? parsed.subject;
  const fingerprint = parsed.fingerprint256;
  const label = `openclaw-edge-${fingerprint.replaceAll(":", "").slice(0, 8).toLowerCase()}`;
  return { path, certificate: parsed.toString(), name, label, fingerprint, expires: parsed.validToDate, beyond };
}

const EVERYTHING: readonly Subtree[] = [{ kind: "name", base: "" }];

/** Whether it is one name or one address, as the edge writes them. */
function isOne(text: string): boolean {
  const name = readServedName(text);
  return !isMistake(name) && name.value.value === text;
}

async function read(path: string, state: string): Promise<Buffer> {
  try {
    if ((await stat(path)).size > LARGEST)
      throw refusal(path, "It is larger than any CA certificate.", "Move it away, and start the edge.");
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") {
      const mend = "It is made when the edge serves a private name or an address, or with --tls internal. Was another --state DIR meant?";
      throw refusal(state, "There is no local CA in this state directory.", mend);
    }
    if (code === "EACCES" || code === "EPERM") {
      throw refusal(
        path,
        "You may not read it.",
        `Run this as the user that runs the edge, or as root:\n  sudo openclaw-edge trust --state ${state}`,
      );
    }
    throw error;
  }
}

function parse(octets: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(octets);
  } catch {
    throw refusal(path, "It holds no certificate.", "Move it away, and start the edge: it writes it anew.");
  }
}

const refusal = (where: string, what: string, mend: string): ConfigurationError => new ConfigurationError([{ where, what, mend }]);
