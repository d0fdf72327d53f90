import type { AcmeSettings } from "../../config/acme-settings.ts";
import type { Log } from "../../log/log.ts";
import type { AcmeProtocol } from "../acme/contract.ts";
import type { ChallengeBoard } from "../challenge-board.ts";
import type { CertificateStore } from "../store.ts";
import type { OperatorMessage } from "./notify.ts";
import type { Offers } from "./offers.ts";
import type { Preflight } from "./preflight.ts";
import type { Seats } from "./seats.ts";

/** Everything that is needed to obtain certificates. */
export interface Desk {
  readonly settings: AcmeSettings;
  readonly store: CertificateStore;
  readonly protocol: AcmeProtocol;
  readonly board: ChallengeBoard;
  readonly preflight: Preflight;
  /** How many certificates are obtained at a time: each has a process of its own meanwhile. */
  readonly seats: Seats;
  /** What the CAs offer. */
  readonly offers: Offers;
  /** Tells the operator, as --notify says. */
  readonly tell: (message: OperatorMessage) => void;
  readonly log: Log;
}
