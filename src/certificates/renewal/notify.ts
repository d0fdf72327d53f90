import { setTimeout as sleep } from "node:timers/promises";

import type { NotifyTarget } from "../../config/acme-settings.ts";
import type { Log } from "../../log/log.ts";
import { runErrand } from "../errand/run-errand.ts";
import type { RenewalFailureCode } from "../schedule/record.ts";

/** What `--notify` may say: codes from closed lists, and our own names. Nothing that a CA or a stranger wrote: an agent may read it. */
export interface OperatorMessage {
  readonly event: "certificate_missing" | "certificate_late" | "certificate_very_late" | "certificate_expired" | "certificate_renewed";
  readonly name: string;
  /** ISO 8601. */
  readonly expires: string | undefined;
  readonly code?: RenewalFailureCode | undefined;
}

/** Milliseconds before each further try: the receiver may be what is broken, too. */
const WAITS = [60_000, 600_000, 6_000_000];
/** Messages that wait. A further one is dropped, and the log has it all the same. */
const WAITING = 16;
/** Milliseconds for one try. */
const PATIENCE = 30_000;

/** Posts messages one after the other, with patience. Without a target nothing is posted. */
export function createNotifier(
  target: NotifyTarget | undefined,
  log: Log,
  signal: AbortSignal,
  waits: readonly number[] = WAITS,
): (message: OperatorMessage) => void {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return (message) => {
    if (target === undefined) return;
    if (waiting >= WAITING) return log.warn("A notification was dropped: too many wait.", { event: message.event, name: message.name });
    waiting++;
    last = last
      .then(() => deliver(target, message, log, signal, waits))
      .catch(() => {}) // the edge is stopping
      .finally(() => waiting--);
  };
}

async function deliver(
  { url, token }: NotifyTarget,
  message: OperatorMessage,
  log: Log,
  signal: AbortSignal,
  waits: readonly number[],
): Promise<void> {
  const body = JSON.stringify(bodyOf(message));
  const details = { event: message.event, name: message.name, to: new URL(url).origin }; // a path may be a secret
  for (let attempt = 0; ; attempt++) {
    const result = await runErrand({ kind: "notify", url, token, body }, { signal, timeout: PATIENCE });
    const posted = result?.kind === "posted" ? result : { status: 0, detail: "timeout" };
    if (posted.status >= 200 && posted.status < 300) return;
    const wait = waits[attempt];
    if (wait === undefined) return log.error("The operator could not be notified (--notify).", { ...details, detail: posted.detail });
    log.warn("The operator could not be notified yet (--notify); it is tried again.", { ...details, detail: posted.detail });
    await sleep(wait, undefined, { signal, ref: false });
  }
}

/** `text` and `mode` are what the Gateway's own hook `/hooks/wake` takes; other receivers read the rest. */
function bodyOf(message: OperatorMessage): object {
  return { source: "openclaw-edge", ...message, text: textOf(message), mode: "now" };
}

function textOf({ event, name, expires, code }: OperatorMessage): string {
  const day = expires?.slice(0, 10) ?? "";
  const because = code === undefined ? "" : ` (${code})`;
  const look = " On its machine: openclaw-edge certs list";
  switch (event) {
    case "certificate_missing":
      return `openclaw-edge could not obtain a certificate for ${name}${because}.${look}`;
    case "certificate_late":
    case "certificate_very_late":
      return `openclaw-edge could not renew the certificate of ${name}${because}. It expires on ${day}.${look}`;
    case "certificate_expired":
      return `The certificate of ${name} expired on ${day}, and openclaw-edge could not renew it${because}.${look}`;
    case "certificate_renewed":
      return `openclaw-edge renewed the certificate of ${name}; all is well again. It expires on ${day}.`;
    default:
      return event satisfies never;
  }
}
