import type { ServedName } from "../../config/edge-config.ts";
import { retryDelay } from "../schedule/backoff.ts";
import { failedPollDelay, momentIn, pollDelay } from "../schedule/renewal-moment.ts";
import { NEW_RECORD, readRecord, writeRecord, type RenewalFailure, type RenewalRecord } from "../schedule/record.ts";
import { wakeAt } from "../schedule/wake.ts";
import type { CertificateStatus } from "../status.ts";
import { certificateKey, loadStored, placeOf, putAside, type StoredCertificate } from "../stored-certificate.ts";
import { directoryOf } from "./issue-from.ts";
import { alarmOf, attemptAt, lifetimeOf, nextAlarmAt, pausedUntil, pollAt, waitUntil, wantedAt, type Outlook } from "./outlook.ts";
import { obtain, type Desk } from "./round.ts";
import { statusOf } from "./status-of.ts";

/** Keeps the certificate of one name: obtains it, renews it in time, and notices when another edge did. */
export interface Custodian {
  readonly name: ServedName;
  /** What is in the store; undefined: nothing that can be served. */
  readonly stored: StoredCertificate | undefined;
  /** URL of the directory that it came from, where that is known. */
  readonly issuer: string | undefined;
  readonly status: CertificateStatus;
  /** Looks into the store, unless it is at work there anyway. */
  look(): Promise<void>;
  /** Begins to act. Until then nothing is sent to anybody. */
  start(): void;
  /** Now, if it is due; with `force` whether due or not. The CAs' own limits and Retry-After are kept all the same. */
  renew(options: { readonly force: boolean }): Promise<Renewal>;
  /** Cuts off what is being done; it is taken up again by the next start. */
  close(): Promise<void>;
}

export type Renewal =
  | { readonly kind: "renewed"; readonly expires: Date }
  | { readonly kind: "notDue"; readonly at: Date }
  | { readonly kind: "failed"; readonly failure: RenewalFailure | undefined; readonly next: Date };

/** Milliseconds after a failure of our own disk until it is tried again: no CA hears of it. */
const LOCAL_RETRY = 600_000;

/** @param changed called whenever there is another certificate than before */
export async function openCustodian(desk: Desk, name: ServedName, changed: () => void): Promise<Custodian> {
  const { store, settings, log } = desk;
  const recordKey = `${placeOf(name)}/renewal.json`;
  const closing = new AbortController();
  let outlook: Outlook = { stored: undefined, record: NEW_RECORD };
  /** What can't be written down, because it is the disk that fails. */
  let localRetry = 0;
  let working: Promise<void> | undefined;
  let wake: Disposable | undefined;
  let started = false;

  const read = async (): Promise<void> => {
    const before = outlook.stored?.fingerprint;
    const stored = await readCertificate();
    outlook = { stored, record: aboutThat(await readRecordOf(), stored) };
    if (stored !== undefined && stored.fingerprint !== before) changed();
  };
  const readCertificate = async (): Promise<StoredCertificate | undefined> => {
    const loaded = await loadStored(store, name);
    if (loaded.kind === "damaged") {
      const { movedTo, reason } = loaded;
      const aside = movedTo === undefined ? "it can't be put aside" : "it was put aside";
      log.error(`${name.value}: the stored certificate is damaged; ${aside} and another one is obtained.`, { reason, movedTo });
    }
    // What is served already stays in use until something better comes.
    return loaded.kind === "stored" ? loaded.stored : undefined;
  };
  const readRecordOf = async (): Promise<RenewalRecord> => {
    const value = await store.load(recordKey);
    if (value === undefined) return NEW_RECORD;
    const record = readRecord(value.toString("utf8"), Date.now());
    if (record !== undefined) return record;
    const movedTo = await putAside(store, recordKey, value, "damaged").catch(() => undefined);
    log.warn(`${name.value}: what was remembered of its renewal is damaged; it was put aside.`, { movedTo });
    return NEW_RECORD;
  };
  const keep = async (record: RenewalRecord): Promise<void> => {
    outlook = { ...outlook, record };
    await store.store(recordKey, writeRecord(record));
  };

  /** Looks, under the lock, at what is due, and does it. Whoever waited for the lock may find that another edge did it already. */
  const visit = async (force: boolean): Promise<void> => {
    await using lock = await store.lock(placeOf(name), closing.signal);
    const signal = AbortSignal.any([closing.signal, lock.lost]);
    await read();
    if (pollAt(outlook, settings) <= Date.now()) await poll(signal);
    if (force || attemptAt(outlook, settings) <= Date.now()) await attempt(signal);
    await alarm();
  };

  const poll = async (signal: AbortSignal): Promise<void> => {
    const { stored, record } = outlook;
    const server = settings.servers.find(({ directory }) => directory === record.issuer);
    if (stored === undefined || server === undefined) return;
    const answer = await desk.protocol.renewalInfo(directoryOf({ server, directory: server.directory }), stored.certificate, signal);
    const now = Date.now();
    switch (answer.kind) {
      case "window": {
        const { start, end, explanation, retryAfter } = answer;
        const known = record.window?.start === start && record.window.end === end ? record.window : undefined;
        const drawn = { start, end, moment: momentIn({ start, end }, lifetimeOf(stored), Math.random()) };
        if (known === undefined && explanation !== undefined)
          log.info(`${name.value}: its CA explains when it is renewed.`, { explanation });
        const window = known ?? { ...drawn, ...(explanation !== undefined && { explanation }) };
        return keep({ ...record, window, pollAt: now + pollDelay(retryAfter) });
      }
      case "unsupported":
        return keep({ ...record, window: undefined, pollAt: now + pollDelay(Infinity) });
      case "failed":
        return keep({ ...record, pollAt: now + failedPollDelay(answer.retryAfter) });
      default:
        return answer satisfies never;
    }
  };

  const attempt = async (signal: AbortSignal): Promise<void> => {
    const { stored, record } = outlook;
    const interruptions = record.attempt === undefined ? record.interruptions : record.interruptions + 1;
    await keep({ ...record, attempt: { at: Date.now(), directory: undefined }, interruptions });
    using _seat = await desk.seats.take();
    try {
      signal.throwIfAborted();
      const outcome = await obtain(
        desk,
        {
          name,
          replaces: stored?.certificate,
          exempt: record.window !== undefined && record.window.start <= Date.now(),
          prove: record.prove,
          pauses: record.pauses,
          asking: ({ directory }) => keep({ ...outlook.record, attempt: { at: Date.now(), directory } }),
        },
        signal,
      );
      const { prove, pauses } = outcome;
      if (outcome.kind === "issued") await read();
      if (outcome.kind === "issued" && outlook.stored !== undefined) {
        await keep({ ...NEW_RECORD, certificate: outlook.stored?.fingerprint, issuer: outcome.server.directory, prove, pauses });
        const expires = outlook.stored?.leaf.validToDate.toISOString();
        log.certificate({ name: name.value, result: "obtained", ca: outcome.server.name, expires });
        if (record.alarms > 0) desk.tell({ event: "certificate_renewed", name: name.value, expires });
        return;
      }
      const count = (record.failures?.count ?? 0) + 1;
      const now = Date.now();
      const failure = outcome.kind === "failed" ? outcome.failure : unusable(outcome.server.name);
      const last = failure ?? record.failures?.last;
      if (failure !== undefined) log.certificate({ name: name.value, result: "failed", ca: last?.server, code: last?.code });
      const failures = last && { count, at: now, next: now + retryDelay(count, Math.random()), last };
      await keep({ ...outlook.record, attempt: undefined, interruptions: 0, failures, prove, pauses });
    } catch (cause) {
      // Stopped in order: that is no interruption, and the next start goes on at once.
      if (closing.signal.aborted) await keep({ ...outlook.record, attempt: undefined });
      throw cause;
    }
  };

  const alarm = async (): Promise<void> => {
    const level = alarmOf(outlook, Date.now());
    const { stored, record } = outlook;
    if (level <= record.alarms) return;
    const expires = stored?.leaf.validToDate.toISOString();
    const code = record.failures?.last.code;
    log.error(`${name.value}: ${ALARMS[stored === undefined ? 0 : level]}`, { expires, code, detail: record.failures?.last.detail });
    desk.tell({ event: EVENTS[stored === undefined ? 0 : level], name: name.value, expires, code });
    await keep({ ...record, alarms: level });
  };

  const work = (force: boolean): Promise<void> => {
    wake?.[Symbol.dispose]();
    const mine = (working ?? Promise.resolve())
      .then(() => visit(force))
      .then(() => {
        localRetry = 0;
      })
      .catch((cause: unknown) => {
        if (closing.signal.aborted) return;
        localRetry = Date.now() + LOCAL_RETRY;
        log.error(`${name.value}: its certificate can't be looked after; what is served stays as it is.`, { error: cause });
      })
      .finally(() => {
        if (working === mine) working = undefined;
        schedule();
      });
    working = mine;
    return mine;
  };

  const schedule = (): void => {
    wake?.[Symbol.dispose]();
    if (!started || closing.signal.aborted || working !== undefined) return;
    const due = Math.min(attemptAt(outlook, settings), pollAt(outlook, settings), nextAlarmAt(outlook, Date.now()));
    wake = wakeAt(Math.max(due, localRetry), () => void work(false));
  };

  await read();
  const look = async (): Promise<void> => {
    if (working !== undefined) return;
    // What can't be read now is no reason to give up what is in use.
    await read().catch((cause: unknown) => log.error(`${name.value}: its certificate can't be read.`, { error: cause }));
    schedule();
  };
  const watching = store.watch(certificateKey(name), () => void look());

  return {
    name,
    get stored() {
      return outlook.stored;
    },
    get issuer() {
      return outlook.record.issuer;
    },
    get status() {
      return statusOf(name, outlook, { next: Math.max(attemptAt(outlook, settings), localRetry), working: working !== undefined });
    },
    look,
    start() {
      started = true;
      schedule();
    },
    async renew({ force }) {
      await working;
      const before = outlook.stored?.fingerprint;
      if (!force) {
        const at = Math.max(wantedAt(outlook, settings), waitUntil(outlook, settings));
        if (at > Date.now()) return { kind: "notDue", at: new Date(at) };
      }
      await work(force);
      const { stored, record } = outlook;
      if (stored !== undefined && stored.fingerprint !== before) return { kind: "renewed", expires: stored.leaf.validToDate };
      const next = Math.max(waitUntil(outlook, settings), pausedUntil(record, settings), localRetry);
      return { kind: "failed", failure: record.failures?.last, next: new Date(next) };
    },
    async close() {
      closing.abort(new Error("The edge is stopping."));
      wake?.[Symbol.dispose]();
      watching[Symbol.dispose]();
      await working;
    },
  };
}

/** What was stored just now is not there, or can't be served: never to be ordered again at once. */
const unusable = (server: string): RenewalFailure => ({
  server,
  staging: false,
  stage: "certificate",
  code: "certificateUnusable",
  detail: "What was stored can't be served.",
});

/** A record as far as it is about this certificate: of another one (a killed process stored it, an operator copied it) little is known. */
function aboutThat(record: RenewalRecord, stored: StoredCertificate | undefined): RenewalRecord {
  if (stored === undefined || record.certificate === stored.fingerprint) return record;
  const { attempt, prove, pauses } = record;
  return { ...NEW_RECORD, certificate: stored.fingerprint, issuer: attempt?.directory, prove, pauses };
}

const ALARMS = [
  "there is still no certificate after four attempts.",
  "a third of its certificate's life is left, and it could not be renewed.",
  "a sixth of its certificate's life is left, and it could not be renewed.",
  "its certificate has expired: browsers refuse to connect.",
] as const;

const EVENTS = ["certificate_missing", "certificate_late", "certificate_very_late", "certificate_expired"] as const;
