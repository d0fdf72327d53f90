import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setDefaultCACertificates } from "node:tls";

import { readPem } from "../pem.ts";
import { failure } from "./failure.ts";

/**
 * Lets the certificates of a PEM file alone vouch for servers, in all of this process: the child that does one CA's work, never the edge.
 * fetch takes no CAs of its own; the runtime's default list is the only way to give it some.
 */
export async function trustOnly(caFile: string): Promise<void> {
  const bytes = await readFile(caFile).catch((cause: unknown) => {
    throw failure("files", `--acme-ca ${caFile} can't be read: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, { cause });
  });
  const { certificates } = readPem(bytes);
  if (certificates.length === 0) throw failure("files", `--acme-ca ${caFile} has no PEM certificate in it.`);
  try {
    setDefaultCACertificates(certificates.map((pem) => new X509Certificate(pem).toString()));
  } catch (cause) {
    throw failure("files", `--acme-ca ${caFile} has a damaged certificate in it.`, { cause });
  }
}
