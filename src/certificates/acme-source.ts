/** Certificates that the edge obtains by ACME: one for each name, so that one that fails takes no other with it. */
import type { AcmeSettings } from "../config/acme-settings.ts";
import type { Log } from "../log/log.ts";
import type { AcmeProtocol } from "./acme/contract.ts";
import { createChallengeBoard, type ChallengeBoard } from "./challenge-board.ts";
import { issuerOf } from "./certificate-checks.ts";
import { openFileStore } from "./file-store.ts";
import { openCustodian, type Custodian } from "./renewal/custodian.ts";
import type { OperatorMessage } from "./renewal/notify.ts";
import { Offers } from "./renewal/offers.ts";
import type { Preflight } from "./renewal/preflight.ts";
import type { Desk } from "./renewal/desk.ts";
import { Seats } from "./renewal/seats.ts";
import type { CertificateSource } from "./source.ts";

export interface AcmeSources {
  readonly sources: readonly CertificateSource[];
  readonly custodians: readonly Custodian[];
  readonly board: ChallengeBoard;
  readonly desk: Desk;
  close(): Promise<void>;
}

/** What is not decided here: how the CA is spoken to, and how the operator is told. */
export interface AcmeParts {
  readonly protocol: AcmeProtocol;
  readonly preflight: Preflight;
  readonly tell: (message: OperatorMessage) => void;
}

/** Certificates obtained at a time. Each has a process of some 70 MB for a few seconds, or minutes where a CA is slow. */
const AT_A_TIME = 2;

/** @throws ConfigurationError where the directory of the certificates can't be used */
export async function openAcmeSources(settings: AcmeSettings, log: Log, parts: (board: ChallengeBoard) => AcmeParts): Promise<AcmeSources> {
  const store = await openFileStore(settings.certificates);
  const board = createChallengeBoard(store, log);
  const { protocol, preflight, tell } = parts(board);
  const seats = new Seats(AT_A_TIME);
  const desk: Desk = { settings, store, board, log, protocol, preflight, tell, seats, offers: new Offers(protocol) };
  const opened = await Promise.all(
    settings.names.map(async (name) => {
      const listeners = new Set<() => void>();
      const custodian = await openCustodian(desk, name, () => {
        for (const changed of listeners) changed();
      });
      return { custodian, source: sourceOf(custodian, listeners, settings) };
    }),
  );
  const custodians = opened.map(({ custodian }) => custodian);
  return {
    sources: opened.map(({ source }) => source),
    custodians,
    board,
    desk,
    close: async () => void (await Promise.all(custodians.map((custodian) => custodian.close()))),
  };
}

function sourceOf(custodian: Custodian, listeners: Set<() => void>, settings: AcmeSettings): CertificateSource {
  return {
    names: [custodian.name],
    kind: "acme",
    async offer() {
      await custodian.look();
      const { stored } = custodian;
      if (stored === undefined) return { kind: "absent", description: `being obtained from ${settings.servers[0].name}` };
      const expires = stored.leaf.validToDate;
      const issuer = issuerOf(stored.leaf);
      const description = `${issuer}, expires ${expires.toISOString().slice(0, 10)}`;
      const { certificate, key } = stored;
      return {
        kind: "served",
        served: { certificate, key, issuer, expires, noticeFrom: undefined, description, authority: undefined },
        warnings: [],
      };
    },
    watch(changed) {
      listeners.add(changed);
      return { [Symbol.dispose]: () => void listeners.delete(changed) };
    },
  };
}
