/** A CA's counter: where it is asked, as whom, and which book counts what it is asked for. */
import { join } from "node:path";

import type { AcmeServer, AcmeSettings } from "../../config/acme-settings.ts";
import { directoryId, LedgerBook } from "../schedule/ledger-book.ts";
import { BOUNDS, STAGING_BOUNDS } from "../schedule/ledger.ts";
import type { CertificateStore } from "../store.ts";

/** A directory that is asked: a CA's own, or its staging. */
export interface Counter {
  readonly server: AcmeServer;
  /** URL of the directory that is asked. */
  readonly directory: string;
  readonly staging: boolean;
}

/** Its ledger: what may be asked of it, and when. */
export function bookOf(store: CertificateStore, { directory, staging, server }: Counter): LedgerBook {
  return new LedgerBook(store, directory, staging || server.name === "letsencrypt-staging" ? STAGING_BOUNDS : BOUNDS);
}

/** Where the child asks, and whom it trusts there. */
export function directoryOf({ directory, server: { caFile } }: Pick<Counter, "directory" | "server">) {
  return { url: directory, ...(caFile !== undefined && { caFile }) };
}

/** The account at a CA, and what the CA is told about it. */
export function accountOf(settings: AcmeSettings, { server, directory }: Pick<Counter, "directory" | "server">) {
  return {
    folder: join(settings.certificates, "accounts", directoryId(directory)),
    ...(settings.email !== undefined && { email: settings.email }),
    ...(server.externalAccount !== undefined && { externalAccount: server.externalAccount }),
  };
}
