/** Names of details whose values never reach a log, whoever hands them in. */
const SECRET_NAME = /pass(?:word|phrase)?|secret|token|authorization|cookie|credential|private_?key/i;
/** How deep details are followed; deeper ones are left out. */
const DEPTH = 4;

/** Details of an event, made fit for a log: errors become plain objects with their causes, secrets become `***`. */
export function fit(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return fitObject(details, 0);
}

function fitObject(value: object, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    result[name] = SECRET_NAME.test(name) && part !== undefined && part !== null ? "***" : fitValue(part, depth + 1);
  }
  return result;
}

function fitValue(value: unknown, depth: number): unknown {
  if (value instanceof Error) return depth > DEPTH ? value.message : fitError(value, depth);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (depth > DEPTH) return "…";
  if (value instanceof Uint8Array) return `${value.byteLength} octets`;
  if (Array.isArray(value)) return value.map((part) => fitValue(part, depth + 1));
  return fitObject(value, depth);
}

function fitError(error: Error, depth: number): Record<string, unknown> {
  const code: unknown = "code" in error ? error.code : undefined;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" && { code }),
    ...(error.cause !== undefined && { cause: fitValue(error.cause, depth + 1) }),
    ...(error.stack !== undefined && { stack: error.stack }),
  };
}
