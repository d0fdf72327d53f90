import type { ServedName } from "../../config/served-name.ts";
import { failedPollDelay, momentIn, pollDelay } from "../schedule/renewal-moment.ts";
import type { RenewalRecord } from "../schedule/record.ts";
import { directoryOf } from "./counter.ts";
import type { Desk } from "./desk.ts";
import { lifetimeOf, type Outlook } from "./outlook.ts";

/** Asks the CA when it wants the certificate renewed (RFC 9773 §4). A window that is known keeps the moment that was drawn in it. */
export async function askWindow(
  { protocol, settings, log }: Desk,
  name: ServedName,
  { stored, record }: Outlook,
  signal: AbortSignal,
): Promise<RenewalRecord> {
  const server = settings.servers.find(({ directory }) => directory === record.issuer);
  if (stored === undefined || server === undefined) return record;
  const answer = await protocol.renewalInfo(directoryOf({ server, directory: server.directory }), stored.certificate, signal);
  const now = Date.now();
  switch (answer.kind) {
    case "window": {
      const { start, end, explanation, retryAfter } = answer;
      const pollAt = now + pollDelay(retryAfter);
      if (record.window?.start === start && record.window.end === end) return { ...record, pollAt };
      if (explanation !== undefined) log.info(`${name.value}: its CA explains when it is renewed.`, { explanation });
      const moment = momentIn({ start, end }, lifetimeOf(stored), Math.random());
      return { ...record, window: { start, end, moment, ...(explanation !== undefined && { explanation }) }, pollAt };
    }
    case "unsupported":
      return { ...record, window: undefined, pollAt: now + pollDelay(Infinity) };
    case "failed":
      return { ...record, pollAt: now + failedPollDelay(answer.retryAfter) };
    default:
      return answer satisfies never;
  }
}
