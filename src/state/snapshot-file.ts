import { unlink } from "node:fs/promises";

import { writeFileAtomic } from "./atomic-file.ts";

export interface SnapshotFileOptions {
  readonly path: string;
  /** What the file is to hold, asked for when it is written. */
  readonly content: () => string;
  /** Is told once when writing begins to fail, and once when it works again. */
  readonly failing: (cause: unknown) => void;
  readonly recovered: () => void;
  /** Milliseconds after which a failed write is tried again. Default 5,000. */
  readonly retry?: number;
}

/**
 * A file that follows what is in memory. Changes that may be lost in a crash are gathered (`soon`); those that may not are written at once
 * (`now`). One write at a time, and one more for all that changed meanwhile, however often somebody asks. Mode 0600.
 */
export class SnapshotFile {
  readonly #options: SnapshotFileOptions;
  #timer: NodeJS.Timeout | undefined;
  /** On the monotonic clock. */
  #due = Infinity;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failing = false;
  #closed = false;

  constructor(options: SnapshotFileOptions) {
    this.#options = options;
  }

  /** Writes within so many milliseconds. */
  soon(milliseconds: number): void {
    const due = performance.now() + milliseconds;
    if (this.#closed || due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.#write(), milliseconds).unref();
  }

  /**
   * Writes what is so now; resolved when it is on the disk. Where it can't be written (a full disk), the file is removed, which takes no
   * room: better to have nothing after a crash than what should be gone. Never rejects; `failing` has been told.
   */
  async now(): Promise<void> {
    await this.#write();
    if (!this.#failing) return;
    await unlink(this.#options.path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "ENOENT") this.#options.failing(cause);
    });
  }

  /** Writes what waits to be written, and nothing after that. */
  async close(): Promise<void> {
    const isDue = this.#due !== Infinity;
    if (isDue) await this.#write();
    else await (this.#next ?? this.#running);
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#due = Infinity;
    if (this.#closed) return Promise.resolve();
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return (this.#running = this.#once());
    // What runs may have been put together before the change that this call is about.
    this.#next = this.#running.then(() => {
      this.#next = undefined;
      return (this.#running = this.#once());
    });
    return this.#next;
  }

  async #once(): Promise<void> {
    const { path, content, failing, recovered, retry = 5_000 } = this.#options;
    try {
      await writeFileAtomic(path, content(), 0o600);
      if (this.#failing) recovered();
      this.#failing = false;
    } catch (cause) {
      if (!this.#failing) failing(cause);
      this.#failing = true;
      this.soon(retry);
    } finally {
      this.#running = undefined;
    }
  }
}
