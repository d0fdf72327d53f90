/** The ledgers on disk, one for each CA directory: read, changed and written under a lock, so that several edges count together. */
import { hash } from "node:crypto";

import type { CertificateStore } from "../store.ts";
import { EMPTY, pruned, type Bounds, type Entry, type Ledger, type Permission } from "./ledger.ts";

export class LedgerBook {
  readonly #store: CertificateStore;
  readonly #key: string;
  readonly #bounds: Bounds;

  constructor(store: CertificateStore, directory: string, bounds: Bounds) {
    this.#store = store;
    this.#key = `ledger/${directoryId(directory)}.json`;
    this.#bounds = bounds;
  }

  get bounds(): Bounds {
    return this.#bounds;
  }

  /** What is in it now: to look before leaping. */
  async look(signal: AbortSignal): Promise<Ledger> {
    let seen = EMPTY;
    await this.note((ledger) => (seen = ledger), signal);
    return seen;
  }

  /** Enters something if it is permitted. It is on disk when this resolves. */
  async enter(
    permit: (ledger: Ledger, bounds: Bounds, now: number) => Permission,
    change: (ledger: Ledger, now: number) => Ledger,
    signal: AbortSignal,
  ): Promise<Permission> {
    await using _lock = await this.#store.lock(this.#key, signal);
    const now = Date.now();
    const before = await this.#load();
    const ledger = pruned(before, this.#bounds, now);
    const permission = permit(ledger, this.#bounds, now);
    const after = JSON.stringify(permission.kind === "granted" ? change(ledger, now) : ledger);
    // Pruned entries are written too: those from the future must begin to grow old.
    if (after !== JSON.stringify(before)) await this.#store.store(this.#key, after);
    return permission;
  }

  /** Notes what became of something that was entered. */
  async note(change: (ledger: Ledger, now: number) => Ledger, signal: AbortSignal): Promise<void> {
    await this.enter(() => ({ kind: "granted" }), change, signal);
  }

  /** A ledger that can't be read is no reason to order without end: what is left of it counts, and it is written anew. */
  async #load(): Promise<Ledger> {
    const value = await this.#store.load(this.#key);
    return value === undefined ? EMPTY : readLedger(value.toString("utf8"));
  }
}

/** A CA directory as a part of a key: its host, to be recognised, and a hash of the whole. */
export function directoryId(directory: string): string {
  const { host } = new URL(directory);
  return `${host.replaceAll(/[^a-z0-9.-]/g, "_").replace(/^[^a-z0-9]+/, "")}-${hash("sha256", directory, "hex").slice(0, 8)}`;
}

function readLedger(text: string): Ledger {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return EMPTY;
  }
  if (typeof value !== "object" || value === null) return EMPTY;
  const { orders, accounts, sets, renewals, failures } = value as Readonly<Record<string, unknown>>;
  return { orders: moments(orders), accounts: moments(accounts), sets: lists(sets), renewals: lists(renewals), failures: lists(failures) };
}

const moments = (value: unknown): readonly number[] => (Array.isArray(value) ? value.filter((at) => Number.isFinite(at)) : []);

function lists(value: unknown): Readonly<Record<string, readonly Entry[]>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, list]: [string, unknown]) => [
      key,
      (Array.isArray(list) ? (list as Partial<Entry>[]) : []).flatMap((entry) =>
        typeof entry?.at === "number" && Number.isFinite(entry.at) ? [{ at: entry.at, open: entry.open === true }] : [],
      ),
    ]),
  );
}
