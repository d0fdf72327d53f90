/** What became of reading one value: the value, or what is wrong with it and the one mend. */
export type Read<T> = { readonly value: T } | Mistake;

export interface Mistake {
  readonly what: string;
  readonly mend: string;
}

export const mistake = (what: string, mend: string): Mistake => ({ what, mend });

export const isMistake = (read: object): read is Mistake => "what" in read;

/** A value as it is shown in a message: quoted, bounded, and nothing in it can move the cursor. */
export function shown(text: string): string {
  const safe = text.replaceAll(/[^ -~¡-\u{10ffff}]/gu, "?");
  return `"${safe.length <= 80 ? safe : `${safe.slice(0, 80)}…`}"`;
}
