import type { AcmeSettings } from "../config/acme-settings.ts";
import type { Log } from "../log/log.ts";
import { acmeProtocol } from "./acme/issuer.ts";
import type { AcmeParts } from "./acme-source.ts";
import type { ChallengeBoard } from "./challenge-board.ts";
import { createNotifier } from "./renewal/notify.ts";
import { createPreflight } from "./renewal/preflight.ts";

/** The real ones: each does its work in a child process that lives for as long as there is something to do. */
export function acmeParts(settings: AcmeSettings, log: Log, signal: AbortSignal): (board: ChallengeBoard) => AcmeParts {
  return (board) => ({
    protocol: acmeProtocol(),
    preflight: createPreflight(settings, board, settings.nameServer),
    tell: createNotifier(settings.notify, log, signal),
  });
}
