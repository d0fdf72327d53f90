import type { Server, TlsOptions } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";

import type { EdgeConfig } from "../config/edge-config.ts";
import { ConfigurationError, type Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { AcmeParts, AcmeSources } from "./acme-source.ts";
import type { ChallengeBoard } from "./challenge-board.ts";
import { isDue, remind } from "./expiry-reminder.ts";
import { Handshakes } from "./handshakes.ts";
import type { Renewal } from "./renewal/custodian.ts";
import type { RevocationReason, Revocation } from "./renewal/revoke.ts";
import { fileSource, localSource, unusableState, type CertificateSource, type Offer, type Served, type SourceTiming } from "./source.ts";
import type { CertificateStatus } from "./status.ts";
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
  /** Whether the local CA vouches for this name. */
  isLocal(name: string): boolean;
  /** Whether there is a certificate for this name or address by now. */
  has(name: string): boolean;
  /** What CAs are answered that validate our names; undefined: none is asked. */
  readonly challenges: ChallengeBoard | undefined;
  /** Begins to obtain and renew. To be called once the listeners listen: a CA will look at once. */
  start(): void;
  /** Every certificate, as it is now. */
  status(): readonly CertificateStatus[];
  /** Renews the certificate of a name that the edge obtains; undefined: it obtains none for that name. */
  renew(name: string, options: { readonly force: boolean }): Promise<Renewal | undefined>;
  /** Replaces the certificate of a name and has the old one revoked; undefined: the edge obtained none for that name. */
  revoke(name: string, reason: RevocationReason | undefined): Promise<Revocation | undefined>;
  /** Looks at the sources again, now. What is wrong is logged and returned; the certificates in use then stay. */
  reload(): Promise<readonly Problem[]>;
  close(): Promise<void>;
}

export interface CertificateTiming extends SourceTiming {
  /** Milliseconds before a pair that does not fit is looked at again: a renewal may be half done. Default 1,000. */
  readonly retry: number;
  /** How often, before it is believed to be wrong. Default 3. */
  readonly retries: number;
}

const TIMING: CertificateTiming = { poll: 60_000, settle: 200, renewal: 3_600_000, retry: 1_000, retries: 3 };

const DAY = 86_400_000;

/** A source, and what of it is in use. */
interface Slot {
  readonly source: CertificateSource;
  served: Served | undefined;
  description: string;
}

/**
 * @param parts how CAs are spoken to; default: by the ACME client
 * @throws ConfigurationError with every problem, where there is no certificate that fits the configured names and none can be obtained
 */
export async function openCertificates(
  config: Pick<EdgeConfig, "tls" | "domains" | "state">,
  log: Log,
  timing: CertificateTiming = TIMING,
  parts?: (board: ChallengeBoard) => AcmeParts,
): Promise<Certificates> {
  const closing = new AbortController();
  const { sources, acme } = await openSources(config, log, timing, parts, closing.signal);
  const slots: readonly Slot[] = sources.map((source) => ({ source, served: undefined, description: "" }));
  const offers = await Promise.all(sources.map((source) => source.offer()));
  const problems = offers.flatMap((offer) => (offer.kind === "refused" ? offer.problems : []));
  if (problems.length > 0) {
    await acme?.close();
    throw new ConfigurationError(problems);
  }
  const ticketKeys = await openTicketKeys(config.state, log, (key) => handshakes.rotate(key)).catch(async (cause: unknown) => {
    await acme?.close();
    throw cause instanceof ConfigurationError ? cause : new ConfigurationError([unusableState(config.state, cause)]);
  });
  const handshakes = new Handshakes(config.domains, () => ticketKeys.current);

  /** Takes what a source offers into use. */
  const adopt = (slot: Slot, offer: Offer): readonly Problem[] => {
    switch (offer.kind) {
      case "served": {
        const { served, warnings } = offer;
        const before = slot.served;
        if (served.certificate !== before?.certificate || served.key !== before.key) {
          handshakes.serve(slot.source.names, served);
          if (before !== undefined) log.info("A new certificate is in use.", { certificate: served.description });
        }
        slot.served = served;
        slot.description = served.description;
        for (const { where, what, mend } of warnings) log.warn(`${where}: ${what} ${mend}`);
        return [];
      }
      case "absent":
        slot.description = offer.description; // whatever is in use stays in use
        return [];
      case "refused":
        for (const { where, what, mend } of offer.problems) log.error(`${where}: ${what} ${mend} The certificate in use stays.`);
        return offer.problems;
      default:
        return offer satisfies never;
    }
  };
  for (const [index, slot] of slots.entries()) adopt(slot, offers[index] as Offer);

  const settledOffer = async (source: CertificateSource): Promise<Offer> => {
    for (let attempt = 0; ; attempt++) {
      const offer = await source.offer();
      if (offer.kind !== "refused" || attempt >= timing.retries || closing.signal.aborted) return offer;
      await sleep(timing.retry, undefined, { signal: closing.signal }).catch(() => {});
    }
  };

  let last: Promise<unknown> = Promise.resolve();
  /** One at a time: a slow look must not undo a later one. */
  const refresh = (slot: Slot): Promise<readonly Problem[]> => {
    const mine = last
      .then(() => settledOffer(slot.source))
      .then((offer) => (closing.signal.aborted ? [] : adopt(slot, offer)))
      .catch((cause: unknown) => {
        const problem = { where: slot.description, what: `It can't be taken up again: ${String(cause)}.`, mend: "Restart the edge." };
        log.error(`${problem.what} The certificate in use stays.`, { certificate: problem.where });
        return [problem];
      });
    last = mine;
    return mine;
  };

  const watching = slots.map((slot) => slot.source.watch(() => void refresh(slot)));
  const reminder = setInterval(() => {
    for (const { served } of slots) if (served !== undefined) remind(served, log);
  }, DAY).unref();
  const local = slots.find(({ source }) => source.kind === "internal");
  const custodianOf = (name: string) => acme?.custodians.find((custodian) => custodian.name.value === name);

  return {
    get serverOptions() {
      return handshakes.serverOptions;
    },
    bind: (server) => handshakes.bind(server),
    describe: () => describe(slots),
    expiries: () =>
      slots.flatMap(({ source, served }) =>
        served === undefined ? [] : source.names.map(({ value }) => ({ name: value, expires: served.expires.getTime() })),
      ),
    get authority() {
      return local?.served?.authority;
    },
    isLocal: (name) => local?.source.names.some(({ value }) => value === name) ?? false,
    has: (name) => handshakes.has(name),
    challenges: acme?.board,
    start() {
      for (const custodian of acme?.custodians ?? []) custodian.start();
    },
    status: () => [
      ...(acme?.custodians ?? []).map((custodian) => custodian.status),
      ...slots.filter(({ source }) => source.kind !== "acme").map(statusOf),
    ],
    renew: async (name, options) => custodianOf(name)?.renew(options),
    async revoke(name, reason) {
      const custodian = custodianOf(name);
      if (acme === undefined || custodian === undefined) return undefined;
      const { revokeCertificate } = await import("./renewal/revoke.ts");
      const revocation = await revokeCertificate(acme.desk, custodian, reason, closing.signal);
      // A resumed handshake shows no certificate: whoever has the old key's sessions must begin anew.
      if (revocation?.kind === "revoked" && reason === "keyCompromise") await ticketKeys.replace();
      return revocation;
    },
    reload: async () => (await Promise.all(slots.map(refresh))).flat(),
    async close() {
      closing.abort();
      for (const watch of watching) watch[Symbol.dispose]();
      clearInterval(reminder);
      ticketKeys.close();
      handshakes.release();
      await last; // whoever closes may take the files away
      await acme?.close();
    },
  };
}

async function openSources(
  { tls, domains, state }: Pick<EdgeConfig, "tls" | "domains" | "state">,
  log: Log,
  timing: SourceTiming,
  parts: ((board: ChallengeBoard) => AcmeParts) | undefined,
  signal: AbortSignal,
): Promise<{ readonly sources: readonly CertificateSource[]; readonly acme: AcmeSources | undefined }> {
  switch (tls.kind) {
    case "files":
      return { sources: [fileSource(tls, domains, timing)], acme: undefined };
    case "internal":
      return { sources: [localSource(state, domains, log, timing)], acme: undefined };
    case "acme": {
      // Loaded only where certificates are obtained.
      const { openAcmeSources } = await import("./acme-source.ts");
      const real = parts ?? (await import("./acme-parts.ts")).acmeParts(tls, log, signal);
      const acme = await openAcmeSources(tls, log, real).catch((cause: unknown) => {
        throw cause instanceof ConfigurationError ? cause : new ConfigurationError([unusableCertificates(tls.certificates, cause)]);
      });
      const rest = domains.filter(({ value }) => !tls.names.some((name) => name.value === value));
      const beside = rest.length === 0 ? [] : [localSource(state, rest, log, timing)];
      return { sources: [...acme.sources, ...beside], acme };
    }
    default:
      return tls satisfies never;
  }
}

function unusableCertificates(directory: string, cause: unknown): Problem {
  const what = `The edge can't read its certificates there: ${cause instanceof Error ? cause.message : String(cause)}.`;
  return { where: `--certs ${directory}`, what, mend: "Check the files' owner and mode; they are the edge's own." };
}

function describe(slots: readonly Slot[]): string {
  const [only] = slots;
  if (slots.length === 1 && only !== undefined) return only.description;
  return slots.map(({ source, description }) => `${source.names.map(({ value }) => value).join(", ")}: ${description}`).join("; ");
}

function statusOf({ source, served }: Slot): CertificateStatus {
  const now = new Date();
  return {
    names: source.names.map(({ value }) => value),
    source: source.kind,
    state: served === undefined ? "missing" : now >= served.expires ? "expired" : isDue(served, now) ? "late" : "valid",
    issuer: served?.issuer,
    expires: served?.expires.toISOString(),
    next: undefined,
    working: false,
    lastError: undefined,
  };
}
