/**
 * What was asked of one CA, so that its rate limits are kept whatever happens to this process. Every entry is written before the deed; what
 * became of it is noted afterwards, and a deed of which nothing is known counts as the worst that it may have been. Pure.
 */

export interface Ledger {
  /** Moments of newOrder, by our account. */
  readonly orders: readonly number[];
  /** Moments of newAccount. */
  readonly accounts: readonly number[];
  /** Certificates by their exact set of names; `open`: ordered, and nothing more is known. Renewals that ARI exempts are not in it. */
  readonly sets: Readonly<Record<string, readonly Entry[]>>;
  /** Those renewals: no CA counts them, but one whose every window has passed would have a certificate replaced for ever. */
  readonly renewals: Readonly<Record<string, readonly Entry[]>>;
  /** Failed authorizations by name; `open`: the CA was told to look, and nothing more is known. */
  readonly failures: Readonly<Record<string, readonly Entry[]>>;
}

export interface Entry {
  readonly at: number;
  readonly open: boolean;
}

export interface Bound {
  readonly most: number;
  /** Milliseconds. */
  readonly within: number;
}

/** What we allow ourselves. */
export interface Bounds {
  readonly orders: Bound;
  readonly accounts: Bound;
  readonly sets: Bound;
  readonly renewals: Bound;
  readonly failures: Bound;
}

export type Limit = keyof Bounds;

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;

/** Let's Encrypt's limits (300 orders in 3 h, 10 accounts in 3 h, 5 certificates for a set in 7 days, 5 failures for a name in 1 h), less a margin. */
export const BOUNDS: Bounds = {
  orders: { most: 250, within: 3 * HOUR },
  accounts: { most: 3, within: 3 * HOUR },
  sets: { most: 4, within: WEEK },
  renewals: { most: 20, within: 24 * HOUR },
  failures: { most: 4, within: HOUR },
};

/** A CA's staging has far higher limits; these keep it from being flooded all the same. */
export const STAGING_BOUNDS: Bounds = {
  ...BOUNDS,
  sets: { most: 100, within: WEEK },
  renewals: { most: 100, within: 24 * HOUR },
  failures: { most: 30, within: HOUR },
};

export const EMPTY: Ledger = { orders: [], accounts: [], sets: {}, renewals: {}, failures: {} };

/** Whether something may be done now, or the limit that stands against it and the moment at which it no longer does. */
export type Permission = { readonly kind: "granted" } | { readonly kind: "withheld"; readonly limit: Limit; readonly until: number };

/** May a certificate for this set of names be ordered? */
export function mayOrder(ledger: Ledger, names: readonly string[], exempt: boolean, bounds: Bounds, now: number): Permission {
  const withheld = [
    check("orders", ledger.orders, bounds.orders, now),
    exempt
      ? check("renewals", moments(ledger.renewals[setKey(names)]), bounds.renewals, now)
      : check("sets", moments(ledger.sets[setKey(names)]), bounds.sets, now),
    ...names.map((name) => check("failures", moments(ledger.failures[name]), bounds.failures, now)),
  ].filter((permission) => permission.kind === "withheld");
  return withheld.toSorted((a, b) => b.until - a.until)[0] ?? { kind: "granted" };
}

export function mayRegister(ledger: Ledger, bounds: Bounds, now: number): Permission {
  return check("accounts", ledger.accounts, bounds.accounts, now);
}

/** Before newAccount. */
export const registering = (ledger: Ledger, now: number): Ledger => ({ ...ledger, accounts: [...ledger.accounts, now] });

/** After the CA said no: no account was made. */
export const notRegistered = (ledger: Ledger): Ledger => ({ ...ledger, accounts: ledger.accounts.slice(0, -1) });

/**
 * Before newOrder. What an earlier order of the set became is known by now: had it brought a certificate, that one would have been fetched
 * and not ordered again.
 */
export function ordering(ledger: Ledger, names: readonly string[], exempt: boolean, now: number): Ledger {
  const key = setKey(names);
  const settled = (ledger.sets[key] ?? []).filter(({ open }) => !open);
  return {
    ...ledger,
    orders: [...ledger.orders, now],
    sets: { ...ledger.sets, [key]: exempt ? settled : [...settled, { at: now, open: true }] },
    ...(exempt && { renewals: { ...ledger.renewals, [key]: [...(ledger.renewals[key] ?? []), { at: now, open: false }] } }),
  };
}

/** Before the CA is told to look. */
export const validating = (ledger: Ledger, name: string, now: number): Ledger => ({
  ...ledger,
  failures: { ...ledger.failures, [name]: [...(ledger.failures[name] ?? []), { at: now, open: true }] },
});

/** After an authorization failed. */
export const failed = (ledger: Ledger, name: string): Ledger => ({
  ...ledger,
  failures: { ...ledger.failures, [name]: (ledger.failures[name] ?? []).map(({ at }) => ({ at, open: false })) },
});

/** After a certificate came: whatever was open ended well. */
export function issued(ledger: Ledger, names: readonly string[]): Ledger {
  const key = setKey(names);
  const failures = names.map((name) => [name, (ledger.failures[name] ?? []).filter(({ open }) => !open)] as const);
  return {
    ...ledger,
    sets: { ...ledger.sets, [key]: (ledger.sets[key] ?? []).map(({ at }) => ({ at, open: false })) },
    failures: { ...ledger.failures, ...Object.fromEntries(failures) },
  };
}

/** Leaves out what no limit counts any more. An entry from the future was written under a wrong clock, and counts from now. */
export function pruned(ledger: Ledger, bounds: Bounds, now: number): Ledger {
  const keep = (at: number, { within }: Bound): boolean => at > now - within;
  const past = (at: number): number => Math.min(at, now);
  const entries = (lists: Ledger["sets"], bound: Bound): Ledger["sets"] =>
    Object.fromEntries(
      Object.entries(lists)
        .map(([key, list]) => [key, list.filter(({ at }) => keep(at, bound)).map((entry) => ({ ...entry, at: past(entry.at) }))] as const)
        .filter(([, list]) => list.length > 0),
    );
  return {
    orders: ledger.orders.filter((at) => keep(at, bounds.orders)).map(past),
    accounts: ledger.accounts.filter((at) => keep(at, bounds.accounts)).map(past),
    sets: entries(ledger.sets, bounds.sets),
    renewals: entries(ledger.renewals, bounds.renewals),
    failures: entries(ledger.failures, bounds.failures),
  };
}

function check(limit: Limit, at: readonly number[], { most, within }: Bound, now: number): Permission {
  const recent = at.filter((moment) => moment > now - within).toSorted((a, b) => a - b);
  const freed = recent[recent.length - most];
  return freed === undefined ? { kind: "granted" } : { kind: "withheld", limit, until: Math.min(freed, now) + within };
}

const moments = (entries: readonly Entry[] | undefined): readonly number[] => (entries ?? []).map(({ at }) => at);

const setKey = (names: readonly string[]): string => names.toSorted().join(" ");
