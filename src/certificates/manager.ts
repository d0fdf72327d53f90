import { createSecureContext, type SecureContext, type Server, type TlsOptions } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";

import type { EdgeConfig } from "../config/edge-config.ts";
import { ConfigurationError, type Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { baseOptions } from "./server-options.ts";
import { openSource, unusableState, type Offer, type Served, type SourceTiming } from "./source.ts";
import { openTicketKeys } from "./ticket-keys.ts";

/** The certificates of a running edge, kept current under live connections. */
export interface Certificates {
  /** Everything that tls.createServer needs, as it is now; the handshake's time-out is the caller's. */
  readonly serverOptions: TlsOptions;
  /** Keeps the server's default context and ticket key current until it closes. */
  bind(server: Server): void;
  /** One line for the banner: `a local CA (…/local-ca/ca.pem)` or `/etc/…/fullchain.pem, expires 2027-01-03`. */
  describe(): string;
  /** When the certificate of each name expires, in milliseconds since 1970; a name that has none is left out. */
  expiries(): readonly { readonly name: string; readonly expires: number }[];
  /** PEM path of the local CA, when there is one. */
  readonly authority: string | undefined;
  /** Looks at the source again, now. What is wrong with it is logged and returned; the certificate in use then stays. */
  reload(): Promise<readonly Problem[]>;
  close(): void;
}

export interface CertificateTiming extends SourceTiming {
  /** Milliseconds before a pair that does not fit is looked at again: a renewal may be half done. Default 1,000. */
  readonly retry: number;
  /** How often, before it is believed to be wrong. Default 3. */
  readonly retries: number;
}

const TIMING: CertificateTiming = { poll: 60_000, settle: 200, renewal: 3_600_000, retry: 1_000, retries: 3 };

const DAY = 86_400_000;

/** @throws ConfigurationError with every problem, where there is no certificate that fits the configured names. */
export async function openCertificates(
  config: Pick<EdgeConfig, "tls" | "domains" | "state">,
  log: Log,
  timing: CertificateTiming = TIMING,
): Promise<Certificates> {
  const source = openSource(config, log, timing);
  const first = await source.offer();
  if (first.kind === "refused") throw new ConfigurationError(first.problems);
  for (const { where, what, mend } of first.warnings) log.warn(`${where}: ${what} ${mend}`);

  const names = new Set(config.domains.filter(({ kind }) => kind === "name").map(({ value }) => value));
  const servesAddress = config.domains.some(({ kind }) => kind === "ip");
  const servers = new Set<Server>();
  const closing = new AbortController();
  const ticketKeys = await openTicketKeys(config.state, log, (key) => {
    for (const server of servers) server.setTicketKeys(key);
  }).catch((cause: unknown) => {
    throw cause instanceof ConfigurationError ? cause : new ConfigurationError([unusableState(config.state, cause)]);
  });
  let served: Served = first.served;
  let context = contextOf(served);

  /** The server's own context is what a client without SNI gets: no certificate, hence handshake_failure, unless an address is served. */
  const defaultContext = (): TlsOptions => ({
    ...baseOptions(),
    ticketKeys: ticketKeys.current,
    ...(servesAddress && { cert: served.certificate, key: served.key }),
  });

  /**
   * Runs in full handshakes only. A ticket can't carry a client from one name to another all the same: OpenSSL resumes a session only
   * under the SNI that it began with, in TLS 1.2 and 1.3 (tested), and otherwise does a full handshake. What a ticket does outlive is
   * the configuration: for a day it resumes under a name that is no longer served; the Host check (421) is what answers then.
   */
  const serverNameCallback: NonNullable<TlsOptions["SNICallback"]> = (servername, callback) => {
    // RFC 6066 §3: a host name, in any case, without a trailing dot, never an address literal. All else is not served.
    if (names.has(servername.toLowerCase())) return callback(null, context);
    // Without a context the default one answers: it has no certificate, and OpenSSL sends handshake_failure.
    if (!servesAddress) return callback(null, undefined);
    // It has one, and a context without would not take it away: all that is left is to drop the connection, without an alert.
    return callback(new NameNotServed());
  };

  const adopt = (next: Served): void => {
    if (next.certificate === served.certificate && next.key === served.key) return;
    context = contextOf(next);
    served = next;
    if (servesAddress) for (const server of servers) server.setSecureContext(defaultContext());
    log.info("A new certificate is in use.", { certificate: served.description });
  };

  const refresh = async (): Promise<readonly Problem[]> => {
    const offer = await settledOffer();
    if (closing.signal.aborted) return [];
    if (offer.kind === "refused") {
      for (const { where, what, mend } of offer.problems) log.error(`${where}: ${what} ${mend} The certificate in use stays.`);
      return offer.problems;
    }
    adopt(offer.served);
    for (const { where, what, mend } of offer.warnings) log.warn(`${where}: ${what} ${mend}`);
    return [];
  };

  const settledOffer = async (): Promise<Offer> => {
    for (let attempt = 0; ; attempt++) {
      const offer = await source.offer();
      if (offer.kind === "served" || attempt >= timing.retries || closing.signal.aborted) return offer;
      await sleep(timing.retry, undefined, { signal: closing.signal }).catch(() => {});
    }
  };

  let last: Promise<readonly Problem[]> = Promise.resolve([]);
  /** One at a time: a slow look must not undo a later one. */
  const reload = (): Promise<readonly Problem[]> =>
    (last = last.then(refresh).catch((cause: unknown) => {
      const problem = { where: served.description, what: `It can't be taken up again: ${String(cause)}.`, mend: "Restart the edge." };
      log.error(`${problem.what} The certificate in use stays.`, { certificate: problem.where });
      return [problem];
    }));

  const watching = source.watch(() => void reload());
  const reminder = setInterval(() => remind(served, log), DAY).unref();

  return {
    get serverOptions() {
      return { ...defaultContext(), SNICallback: serverNameCallback };
    },
    bind(server) {
      servers.add(server);
      server.once("close", () => servers.delete(server));
      server.setSecureContext(defaultContext()); // something may have changed since serverOptions were read
    },
    describe: () => served.description,
    expiries: () => config.domains.map(({ value }) => ({ name: value, expires: served.expires.getTime() })),
    get authority() {
      return served.authority;
    },
    reload,
    close() {
      closing.abort();
      watching[Symbol.dispose]();
      clearInterval(reminder);
      ticketKeys.close();
      servers.clear();
    },
  };
}

/** Why a handshake was cut: the client asked for a name that is not served. The name is the client's, and stays out of the message. */
class NameNotServed extends Error {
  readonly code = "ERR_NAME_NOT_SERVED";
  constructor() {
    super("The client asked for a name that is not served.");
    this.name = "NameNotServed";
  }
}

const contextOf = ({ certificate, key }: Served): SecureContext => createSecureContext({ ...baseOptions(), cert: certificate, key });

function remind({ noticeFrom, expires, description }: Served, log: Log): void {
  const now = new Date();
  if (noticeFrom === undefined || now < noticeFrom) return;
  if (now > expires) log.error("The certificate has expired: browsers refuse to connect. Renew it.", { certificate: description });
  else log.warn("The certificate expires soon. Renew it.", { certificate: description });
}
