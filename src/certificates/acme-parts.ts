import type { AcmeSettings } from "../config/acme-settings.ts";
import type { Log } from "../log/log.ts";
import type { AcmeProtocol } from "./acme/contract.ts";
import type { AcmeParts } from "./acme-source.ts";
import type { ChallengeBoard } from "./challenge-board.ts";

/**
 * The real ones: each does its work in a child process that lives for as long as there is something to do. What starts processes (2 MB)
 * is loaded when the first one is needed.
 */
export function acmeParts(settings: AcmeSettings, log: Log, signal: AbortSignal): (board: ChallengeBoard) => AcmeParts {
  return (board) => {
    let tell: Promise<AcmeParts["tell"]> | undefined;
    return {
      protocol: lazily(async () => (await import("./acme/issuer.ts")).acmeProtocol()),
      preflight: async (...request) =>
        (await import("./renewal/preflight.ts")).createPreflight(settings, board, settings.nameServer)(...request),
      tell(message) {
        tell ??= import("./renewal/notify.ts").then(({ createNotifier }) => createNotifier(settings.notify, log, signal));
        void tell.then((send) => send(message));
      },
    };
  };
}

function lazily(load: () => Promise<AcmeProtocol>): AcmeProtocol {
  let loaded: Promise<AcmeProtocol> | undefined;
  const protocol = (): Promise<AcmeProtocol> => (loaded ??= load());
  return {
    issue: async (...request) => (await protocol()).issue(...request),
    renewalInfo: async (...request) => (await protocol()).renewalInfo(...request),
    revoke: async (...request) => (await protocol()).revoke(...request),
    register: async (...request) => (await protocol()).register(...request),
    directory: async (...request) => (await protocol()).directory(...request),
  };
}
