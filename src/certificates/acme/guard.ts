/** Type guards put together from smaller ones, for what comes out of our files and from the other process. */

export type Guard<T> = (value: unknown) => value is T;
type Guarded<G> = G extends Guard<infer T> ? T : never;
type Guards = Readonly<Record<string, Guard<unknown>>>;

/** Characters of any text that we keep or send between processes: a chain of ten certificates has some 30,000. */
const LONGEST_TEXT = 262_144;

export const text: Guard<string> = (value): value is string => typeof value === "string" && value.length <= LONGEST_TEXT;

export const flag: Guard<boolean> = (value): value is boolean => typeof value === "boolean";

export const quantity: Guard<number> = (value): value is number => typeof value === "number" && Number.isFinite(value);

export const oneOf =
  <const T extends string | number>(...known: readonly T[]): Guard<T> =>
  (value): value is T =>
    known.includes(value as T);

/** 1,000 entries at most. */
export const list =
  <T>(entry: Guard<T>): Guard<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.length <= 1_000 && value.every(entry);

export const nonEmpty =
  <T>(entry: Guard<T>): Guard<readonly [T, ...T[]]> =>
  (value): value is readonly [T, ...T[]] =>
    list(entry)(value) && value.length > 0;

type Fields<G extends Guards> = { readonly [K in keyof G]: Guarded<G[K]> };

/** An object with these fields; others are not looked at. */
export function shape<R extends Guards>(required: R): Guard<Fields<R>>;
export function shape<R extends Guards, O extends Guards>(required: R, optional: O): Guard<Fields<R> & Partial<Fields<O>>>;
export function shape(required: Guards, optional: Guards = {}): Guard<unknown> {
  return (value): value is unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const record = value as Readonly<Record<string, unknown>>;
    return (
      Object.entries(required).every(([field, guard]) => guard(record[field])) &&
      Object.entries(optional).every(([field, guard]) => record[field] === undefined || guard(record[field]))
    );
  };
}

/** An object whose every field is of one kind. */
export const recordOf =
  <T>(entry: Guard<T>): Guard<Readonly<Record<string, T>>> =>
  (value): value is Readonly<Record<string, T>> =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(entry);

type Union<G extends readonly Guard<unknown>[]> = Guarded<G[number]>;

export const either =
  <const G extends readonly Guard<unknown>[]>(...guards: G): Guard<Union<G>> =>
  (value): value is Union<G> =>
    guards.some((guard) => guard(value));
