/** Reading JSON that somebody else wrote: a value is of the expected type, or it is undefined. */

export type JsonRecord = Readonly<Record<string, unknown>>;

export const asRecord = (value: unknown): JsonRecord | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;

/** At most 4,096 characters: the longest that any field here may need, PEM apart. */
export const asText = (value: unknown): string | undefined => (typeof value === "string" && value.length <= 4_096 ? value : undefined);

export const asList = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);

/** RFC 8555 §6.1: everything goes over https. */
export function asHttpsUrl(value: unknown): string | undefined {
  const text = asText(value);
  return text !== undefined && isHttpsUrl(text) ? text : undefined;
}

export const isHttpsUrl = (text: string): boolean => URL.parse(text)?.protocol === "https:";

/** undefined: it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
