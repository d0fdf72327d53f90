/**
 * Where certificates and what belongs to them are kept: a small store of named values that several edges may share.
 * Whoever implements it runs `test/certificates/store-conformance.ts`.
 */
export interface CertificateStore {
  /** The value, whole, as it was last stored; undefined: there is none. */
  load(key: string): Promise<Buffer | undefined>;
  /** MUST have survived a power cut once it resolves; a reader MUST see the old value or the new one, never a part of either. */
  store(key: string, value: string | Uint8Array): Promise<void>;
  /** MUST be no error where there is no such value. */
  delete(key: string): Promise<void>;
  /** Every key below a prefix (`ai.example.com` has `ai.example.com/certificate.pem`), sorted; `""` lists all. */
  list(prefix: string): Promise<readonly string[]>;
  /** Calls back when a value may be another one, whoever stored it, a minute later at the latest. Holds no process alive. */
  watch(key: string, changed: () => void): Disposable;
  /**
   * Waits until nobody else holds the lock of that name, here or in another process. MUST survive a holder that was killed.
   * @throws the signal's reason when it aborts first
   */
  lock(name: string, signal: AbortSignal): Promise<StoreLock>;
}

export interface StoreLock extends AsyncDisposable {
  /** Aborts when the lock was lost: somebody else may be inside. */
  readonly lost: AbortSignal;
}

/** Octets of a value. 1 MiB: the largest is a certificate chain of some 10 KB. */
export const MAX_VALUE = 1_048_576;

/**
 * One to four segments of at most 253 letters, digits, `.`, `_` and `-`, each beginning with a letter or digit: nothing in it leads out of
 * a directory, and every host name is a segment.
 */
export function checkKey(key: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,252}(?:\/[A-Za-z0-9][\w.-]{0,252}){0,3}$/.test(key)) return key;
  throw new RangeError(`${JSON.stringify(key.slice(0, 100))} is no key of a certificate store.`);
}
