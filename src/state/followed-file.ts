/** A file of the state directory that others write: read again whenever it changed. What is broken or gone never replaces what was good. */
import { setTimeout as sleep } from "node:timers/promises";

import { ConfigurationError, type Problem } from "../errors.ts";
import { isRacy, signatureOf, watchFile, type FileWatch, type Signature } from "./file-watch.ts";
import { inTurn } from "./in-turn.ts";

export interface FollowedFileOptions<Good extends { readonly kind: "good" }> {
  readonly path: string;
  /** Reads it from the disk. What it throws is a technical failure. */
  readonly read: (path: string) => Promise<Good | { readonly kind: "bad"; readonly problems: readonly Problem[] }>;
  /** Takes up what is good; is not called for a reading that ends after `close`. */
  readonly take: (good: Good) => void;
  /** It was changed to something that is not good. Told once, until it is good again. */
  readonly broken: (problems: readonly Problem[]) => void;
  /** It may have changed and could not be looked at. */
  readonly failed: (cause: unknown) => void;
  /** Is called before every look: once a second, and whenever something happened in the directory. */
  readonly tick?: () => void;
}

/** Milliseconds for which somebody may be in the middle of writing before a broken file is told. */
const GRACE = 600;

export class FollowedFile<Good extends { readonly kind: "good" }> {
  readonly #options: FollowedFileOptions<Good>;
  readonly #watch: FileWatch;
  /** What was read last, good or bad. */
  #taken: Signature | null = null;
  /** Whether its time stamp may hide a later change. */
  #racy = false;
  #broken = false;
  #looking = false;
  #closed = false;

  constructor(options: FollowedFileOptions<Good>) {
    this.#options = options;
    this.#watch = watchFile(options.path, () => {
      options.tick?.();
      void this.#look();
    });
  }

  /**
   * Reads it for the first time.
   *
   * @throws ConfigurationError where it is not good
   */
  async open(): Promise<void> {
    // Watched before it is read: no change falls between the two.
    await this.#watch.rearm();
    const problems = await this.reload();
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  /**
   * Reads it now. The problems, when there are any, are returned, and what was taken before stays. In turn: what a reading still finds that
   * began before something was taken away must not be the last word.
   */
  readonly reload = inTurn(() => this.#read());

  /** Reads it now if it changed since it was read last. */
  async catchUp(): Promise<void> {
    if (await this.#isOutdated()) await this.reload();
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
  }

  async #read(): Promise<readonly Problem[]> {
    const { path, read, take } = this.#options;
    const signature = await signatureOf(path);
    this.#racy = isRacy(signature);
    const found = await read(path);
    if (this.#closed) return [];
    const isNew = signature !== this.#taken;
    this.#taken = signature;
    if (isNew) await this.#watch.rearm(); // what replaced the file may lie in another directory
    if (found.kind === "bad") return found.problems;
    this.#broken = false;
    take(found);
    return [];
  }

  async #isOutdated(): Promise<boolean> {
    return (await signatureOf(this.#options.path)) !== this.#taken || this.#racy;
  }

  /** Something may have happened. */
  async #look(): Promise<void> {
    if (this.#looking || this.#closed) return;
    this.#looking = true;
    try {
      if (!(await this.#isOutdated())) return;
      let problems = await this.reload();
      if (problems.length > 0) {
        await sleep(GRACE, undefined, { ref: false });
        problems = await this.reload();
      }
      if (problems.length === 0 || this.#broken || this.#closed) return;
      this.#broken = true;
      this.#options.broken(problems);
    } catch (cause) {
      this.#options.failed(cause);
    } finally {
      this.#looking = false;
    }
  }
}
