/** Certificates at the operator's word: through a running edge, or without one. */
import type net from "node:net";

import { RENEW, REVOKE, type Reason, type RenewAnswer, type RevokeAnswer } from "./admin/certificates.ts";
import type { AdminVerbs } from "./admin/server.ts";
import type { Certificates } from "./certificates/manager.ts";
import { openCertificates } from "./certificates/manager.ts";
import type { Renewal } from "./certificates/renewal/custodian.ts";
import type { RevocationReason } from "./certificates/renewal/revoke.ts";
import type { CertificateStatus } from "./certificates/status.ts";
import type { EdgeConfig } from "./config/edge-config.ts";
import { ConfigurationError, type Problem } from "./errors.ts";
import { Admission } from "./listener/admission.ts";
import { listen } from "./listener/bind.ts";
import { createChallengeListeners } from "./listener/challenge-listeners.ts";
import type { Log } from "./log/log.ts";
import { Sweeper } from "./proxy/sweeper.ts";

/** What can be done with certificates. */
export interface CertificateDesk {
  renew(name: string, force: boolean): Promise<RenewAnswer>;
  revoke(name: string, reason: Reason | undefined): Promise<RevokeAnswer>;
}

/** Answers `certs renew` and `certs revoke`. */
export function serveCertificates(admin: AdminVerbs, certificates: Certificates): void {
  const desk = deskOf(certificates);
  admin.serve(RENEW, ({ name, force }) => desk.renew(name, force));
  admin.serve(REVOKE, ({ name, reason }) => desk.revoke(name, reason));
}

/** What the operator should mend, as `status` tells it. In our own words: what a CA said is told by `certs list`. */
export function certificateNotices(certificates: Pick<Certificates, "status">): readonly Problem[] {
  return certificates.status().flatMap((status) => {
    const { names, source, state, lastError, next } = status;
    if (source !== "acme") return [];
    if (lastError === undefined ? state === "valid" || state === "missing" : state === "valid" && lastError.count < 3) return [];
    const what = `${STATES[state]}: ${reasonOf(lastError)}. It is tried again at ${next ?? "the next start"}.`;
    const where = names.join(", ");
    return [
      {
        where,
        what,
        mend: `${lastError?.code === "files" ? DISK : LIST} Mend it, and try at once: openclaw-edge certs renew ${names[0]} --force`,
      },
    ];
  });
}

const LIST = "What was said there: openclaw-edge certs list.";
const DISK = "Its log says why: look at the directory of the certificates, its owner and the space left.";

const STATES = {
  missing: "There is no certificate yet",
  expired: "The certificate has expired",
  late: "It can't be renewed",
  valid: "It can't be renewed",
} as const satisfies Record<CertificateStatus["state"], string>;

function reasonOf(lastError: CertificateStatus["lastError"]): string {
  if (lastError === undefined) return "no attempt came to an end (was the edge killed each time?)";
  const { server, count, code } = lastError;
  return `${server} failed ${count === 1 ? "once" : `${count} times`}, last with "${code}"`;
}

/**
 * Does it without a running edge: holds the certificates, and the two ports for the CA's look, for as long as that takes.
 *
 * @throws ConfigurationError where the configuration obtains no certificates, or their directory can't be used; the system's error where a
 * port can't be bound
 */
export async function withCertificates<T>(config: EdgeConfig, log: Log, work: (desk: CertificateDesk) => Promise<T>): Promise<T> {
  if (config.tls.kind !== "acme") {
    const what = "The edge obtains no certificate by itself as it is configured.";
    throw new ConfigurationError([{ where: "certs", what, mend: "Name a public name with --domain, and leave out --cert and --tls." }]);
  }
  const certificates = await openCertificates(config, log);
  const sweeper = new Sweeper(1_000);
  const servers: net.Server[] = [];
  const sockets = new Set<net.Socket>();
  try {
    const { challenges } = certificates;
    if (challenges === undefined) throw new Error("There are no challenges to answer.");
    const accepting = {
      admission: new Admission(config.limits.connections, config.limits.connectionsPerClient),
      sweeper,
      accepted: sockets,
      firstByte: config.timeouts.firstByte,
      refused: () => {},
    };
    const { timeouts, limits } = config;
    const { plain, secure } = createChallengeListeners(
      { keyAuthorization: (token) => challenges.keyAuthorization(token), context: (name) => challenges.context(name) },
      accepting,
      {
        grammar: { scheme: "http", fields: limits.headFields },
        transfer: { headSize: limits.headSize, headFields: limits.headFields, hold: timeouts.hold, hsts: () => "" },
        timeouts,
        limits,
        log,
        sweeper,
        connections: new Set(),
        draining: () => false,
      },
    );
    for (const host of config.hosts ?? [undefined]) {
      if (config.httpPort !== false) servers.push(await open(plain(), config.httpPort, host));
      servers.push(await open(secure(), config.httpsPort, host));
    }
    return await work(deskOf(certificates));
  } finally {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    sweeper.close();
    await certificates.close();
  }
}

async function open(server: net.Server, port: number, host: string | undefined): Promise<net.Server> {
  await listen(server, port, host);
  return server;
}

function deskOf(certificates: Certificates): CertificateDesk {
  const unknown = (): Extract<RenewAnswer, { kind: "unknown" }> => ({
    kind: "unknown",
    names: certificates.status().flatMap(({ names, source }) => (source === "acme" ? names : [])),
  });
  return {
    async renew(name, force) {
      const renewal = await certificates.renew(name, { force });
      return renewal === undefined ? unknown() : answerOf(renewal);
    },
    async revoke(name, reason) {
      const revocation = await certificates.revoke(name, reason && REVOCATION_REASONS[reason]);
      if (revocation === undefined) return unknown();
      const replaced = answerOf(revocation.replaced);
      return revocation.kind === "revoked"
        ? { kind: "revoked", replaced }
        : { kind: "not-revoked", failure: { code: revocation.problem.code, detail: revocation.problem.detail }, replaced };
    },
  };
}

const REVOCATION_REASONS = {
  "key-compromise": "keyCompromise",
  superseded: "superseded",
  cessation: "cessationOfOperation",
} as const satisfies Record<Reason, RevocationReason>;

function answerOf(renewal: Renewal): RenewAnswer {
  switch (renewal.kind) {
    case "renewed":
      return { kind: "renewed", expires: renewal.expires.toISOString() };
    case "notDue":
      return { kind: "not-due", at: renewal.at.toISOString() };
    case "failed": {
      const { failure, next } = renewal;
      const told = failure && { server: failure.server, code: failure.code, detail: failure.detail };
      return { kind: "failed", ...(told && { failure: told }), next: next.toISOString() };
    }
    default:
      return renewal satisfies never;
  }
}
