import type { ServedName } from "../../config/served-name.ts";
import { retryDelay } from "../schedule/backoff.ts";
import { NEW_RECORD, type RenewalFailure, type RenewalRecord } from "../schedule/record.ts";
import { wakeAt } from "../schedule/wake.ts";
import type { CertificateStatus } from "../status.ts";
import { certificateKey, placeOf, type StoredCertificate } from "../stored-certificate.ts";
import { raiseAlarm } from "./alarm.ts";
import { askWindow } from "./ask-window.ts";
import type { Desk } from "./desk.ts";
import { openMemory } from "./memory.ts";
import { attemptAt, failuresOf, nextAlarmAt, pausedUntil, pollAt, waitUntil, wantedAt } from "./outlook.ts";
import { obtain } from "./round.ts";
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
  const closing = new AbortController();
  const memory = await openMemory(desk, name, changed);
  /** What can't be written down, because it is the disk that fails; on the clock that nobody sets. */
  let localRetry = 0;
  const localWait = (): number => Math.max(0, localRetry - performance.now());
  let working: Promise<void> | undefined;
  let wake: Disposable | undefined;
  let started = false;

  /** Looks, under the lock, at what is due, and does it. Whoever waited for the lock may find that another edge did it already. */
  const visit = async (force: boolean): Promise<void> => {
    await using lock = await store.lock(placeOf(name), closing.signal);
    const signal = AbortSignal.any([closing.signal, lock.lost]);
    await memory.read();
    if (pollAt(memory.outlook, settings) <= Date.now()) await memory.keep(await askWindow(desk, name, memory.outlook, signal));
    if (force || attemptAt(memory.outlook, settings) <= Date.now()) await attempt(signal);
    memory.recover();
    await alarm();
  };

  const alarm = async (): Promise<void> => {
    const { record } = memory.outlook;
    const level = raiseAlarm(desk, name, memory.outlook);
    if (level !== record.alarms) await memory.keep({ ...record, alarms: level });
  };

  const attempt = async (signal: AbortSignal): Promise<void> => {
    const { stored, record } = memory.outlook;
    const interruptions = record.attempt === undefined ? record.interruptions : record.interruptions + 1;
    // Whoever still waits for his turn has begun nothing that could be interrupted.
    using _seat = await desk.seats.take(signal);
    await memory.keep({ ...record, attempt: { at: Date.now(), directory: undefined }, interruptions });
    // Whoever was killed at it may be killed again, and then nobody would hear of it.
    if (interruptions > 0) await alarm();
    try {
      const outcome = await obtain(
        desk,
        {
          name,
          replaces: stored?.certificate,
          stumbled: stumbled(record),
          exempt: record.window !== undefined && record.window.start <= Date.now(),
          prove: record.prove,
          pauses: record.pauses,
          asking: ({ directory }) => memory.keep({ ...memory.outlook.record, attempt: { at: Date.now(), directory } }),
        },
        signal,
      );
      const { prove, pauses } = outcome;
      if (outcome.kind === "issued") await memory.read();
      if (outcome.kind === "issued" && memory.outlook.stored !== undefined) {
        await memory.keep({
          ...NEW_RECORD,
          certificate: memory.outlook.stored.fingerprint,
          issuer: outcome.server.directory,
          prove,
          pauses,
        });
        const expires = memory.outlook.stored.leaf.validToDate.toISOString();
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
      await memory.keep({ ...memory.outlook.record, attempt: undefined, interruptions: 0, failures, prove, pauses });
    } catch (cause) {
      // Stopped in order: that is no interruption, and the next start goes on at once.
      if (closing.signal.aborted) await memory.keep({ ...memory.outlook.record, attempt: undefined });
      throw cause;
    }
  };

  const work = (force: boolean): Promise<void> => {
    wake?.[Symbol.dispose]();
    const mine = (working ?? Promise.resolve())
      .then(() => visit(force))
      .then(() => {
        localRetry = 0;
      })
      .catch(async (cause: unknown) => {
        if (closing.signal.aborted) return;
        localRetry = performance.now() + LOCAL_RETRY;
        log.error(`${name.value}: its certificate can't be looked after; what is served stays as it is.`, { error: cause });
        log.certificate({ name: name.value, result: "failed", ca: undefined, code: "files" });
        // What came before the failure may be in the store, and be served.
        await memory.read().catch(() => {});
        memory.suffer(ofThisMachine(cause), Date.now() + LOCAL_RETRY);
        await alarm().catch(() => {}); // given, though it can't be written down
      })
      .finally(() => {
        if (working === mine) working = undefined;
        schedule();
      });
    working = mine;
    return mine;
  };

  const nextVisit = (): number => {
    const { outlook } = memory;
    const now = Date.now();
    return Math.max(Math.min(attemptAt(outlook, settings), pollAt(outlook, settings), nextAlarmAt(outlook, now)), now + localWait());
  };

  const schedule = (): void => {
    wake?.[Symbol.dispose]();
    if (!started || closing.signal.aborted || working !== undefined) return;
    wake = wakeAt(nextVisit, () => void work(false));
  };

  const look = async (): Promise<void> => {
    if (working !== undefined) return;
    // What can't be read now is no reason to give up what is in use.
    await memory.read().catch((cause: unknown) => log.error(`${name.value}: its certificate can't be read.`, { error: cause }));
    schedule();
  };
  const watching = store.watch(certificateKey(name), () => void look());

  return {
    name,
    get stored() {
      return memory.outlook.stored;
    },
    get issuer() {
      return memory.outlook.record.issuer;
    },
    get status() {
      return statusOf(name, memory.outlook, {
        next: Math.max(attemptAt(memory.outlook, settings), Date.now() + localWait()),
        working: working !== undefined,
      });
    },
    look,
    start() {
      started = true;
      schedule();
    },
    async renew({ force }) {
      await working;
      const before = memory.outlook.stored?.fingerprint;
      if (!force) {
        const at = Math.max(wantedAt(memory.outlook, settings), waitUntil(memory.outlook, settings));
        if (at > Date.now()) return { kind: "notDue", at: new Date(at) };
      }
      await work(force);
      const { stored, record } = memory.outlook;
      if (stored !== undefined && stored.fingerprint !== before) return { kind: "renewed", expires: stored.leaf.validToDate };
      const next = Math.max(waitUntil(memory.outlook, settings), pausedUntil(record, settings), Date.now() + localWait());
      return { kind: "failed", failure: failuresOf(memory.outlook)?.last, next: new Date(next) };
    },
    async close() {
      closing.abort(new Error("The edge is stopping."));
      wake?.[Symbol.dispose]();
      watching[Symbol.dispose]();
      await working;
    },
  };
}

/** What is no CA's fault: a disk that is full or read-only, a lock that was lost. */
const ofThisMachine = (cause: unknown): RenewalFailure => ({
  server: "this machine",
  staging: false,
  stage: "local",
  code: "files",
  detail: (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ").slice(0, 500),
});

/** What was stored just now is not there, or can't be served: never to be ordered again at once. */
const unusable = (server: string): RenewalFailure => ({
  server,
  staging: false,
  stage: "certificate",
  code: "certificateUnusable",
  detail: "What was stored can't be served.",
});

/** The CA whose own error ended the last attempt at an order. */
function stumbled({ failures }: RenewalRecord): string | undefined {
  const last = failures?.last;
  return last?.code === "serverInternal" && last.stage === "order" && !last.staging ? last.server : undefined;
}
