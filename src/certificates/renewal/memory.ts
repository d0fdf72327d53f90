import type { ServedName } from "../../config/served-name.ts";
import { NEW_RECORD, plausible, readRecord, writeRecord, type RenewalFailure, type RenewalRecord } from "../schedule/record.ts";
import { loadStored, placeOf, putAside, type StoredCertificate } from "../stored-certificate.ts";
import type { Desk } from "./desk.ts";
import type { Outlook } from "./outlook.ts";

/** What is known of a name: its certificate and its record, as they were last read or written. */
export interface Memory {
  /** As it looks at this moment: a wait that a wrong clock brought about is none any more. */
  readonly outlook: Outlook;
  /** Reads both anew. What is damaged is put aside, and said. */
  read(): Promise<void>;
  /** Writes the record. Where it can't be written it holds all the same, for this process. */
  keep(record: RenewalRecord): Promise<void>;
  /** This machine itself failed: kept in mind, since it may not be able to write it down. */
  suffer(failure: RenewalFailure, next: number): void;
  /** It works again. */
  recover(): void;
}

/** @param changed called whenever there is another certificate than before */
export async function openMemory({ store, log }: Pick<Desk, "store" | "log">, name: ServedName, changed: () => void): Promise<Memory> {
  const recordKey = `${placeOf(name)}/renewal.json`;
  let outlook: Outlook = { stored: undefined, record: NEW_RECORD };

  async function readCertificate(): Promise<StoredCertificate | undefined> {
    const loaded = await loadStored(store, name);
    if (loaded.kind === "damaged") {
      const { movedTo, reason } = loaded;
      const aside = movedTo === undefined ? "it can't be put aside" : "it was put aside";
      log.error(`${name.value}: the stored certificate is damaged; ${aside} and another one is obtained.`, { reason, movedTo });
    }
    return loaded.kind === "stored" ? loaded.stored : undefined;
  }

  async function readRecordOf(): Promise<RenewalRecord> {
    const value = await store.load(recordKey);
    if (value === undefined) return NEW_RECORD;
    const record = readRecord(value.toString("utf8"));
    if (record !== undefined) return record;
    const movedTo = await putAside(store, recordKey, value).catch(() => undefined);
    log.warn(`${name.value}: what was remembered of its renewal is damaged; it was put aside.`, { movedTo });
    return NEW_RECORD;
  }

  const memory: Memory = {
    get outlook() {
      return { ...outlook, record: plausible(outlook.record, Date.now()) };
    },
    async read() {
      const before = outlook.stored?.fingerprint;
      const stored = await readCertificate();
      const record = aboutThat(await readRecordOf(), stored);
      const { trouble } = outlook;
      // An alarm that could not be written down was given all the same.
      const alarms =
        trouble !== undefined && stored?.fingerprint === before ? Math.max(record.alarms, outlook.record.alarms) : record.alarms;
      outlook = { stored, record: { ...record, alarms }, ...(trouble !== undefined && { trouble }) };
      if (stored !== undefined && stored.fingerprint !== before) changed();
    },
    async keep(record) {
      outlook = { ...outlook, record };
      await store.store(recordKey, writeRecord(record));
    },
    suffer(last, next) {
      outlook = { ...outlook, trouble: { count: (outlook.trouble?.count ?? 0) + 1, at: Date.now(), next, last } };
    },
    recover() {
      const { stored, record } = outlook;
      outlook = { stored, record };
    },
  };
  await memory.read();
  return memory;
}

/** A record as far as it is about this certificate: of another one (a killed process stored it, an operator copied it) little is known. */
function aboutThat(record: RenewalRecord, stored: StoredCertificate | undefined): RenewalRecord {
  if (stored === undefined || record.certificate === stored.fingerprint) return record;
  const { attempt, prove, pauses } = record;
  return { ...NEW_RECORD, certificate: stored.fingerprint, issuer: attempt?.directory, prove, pauses };
}
