/** A point in a configuration file. */
export interface Place {
  /** As it was named. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count. */
  readonly column: number;
  /** The way to it through the file's objects and arrays: `routes[0].upstream`. */
  readonly path: string;
}

/** Where a value was written. */
export type Origin =
  /** `name` with its dashes. */
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "file"; readonly place: Place };

/** A value as somebody wrote it, and where. */
export interface Written {
  readonly text: string;
  readonly origin: Origin;
}

/** What one source (the command line, the environment, the configuration file) says: by flag without its dashes, in its order. */
export type Source = ReadonlyMap<string, readonly Written[]>;

/** What was written on the command line: by flag without its dashes, every value in its order. */
export type Flags = Readonly<Record<string, readonly string[] | undefined>>;

export function fromFlags(flags: Flags): Source {
  const entries = Object.entries(flags).flatMap(([flag, texts]) => {
    const origin = { kind: "flag", name: `--${flag}` } as const;
    return texts === undefined || texts.length === 0 ? [] : [[flag, texts.map((text) => ({ text, origin }))] as const];
  });
  return new Map(entries);
}

/** An option's variable: `https-port` is `OPENCLAW_EDGE_HTTPS_PORT`. */
export const variable = (flag: string): string => `OPENCLAW_EDGE_${flag.toUpperCase().replaceAll("-", "_")}`;

/** As it stands in front of a problem: `--https-port`, `OPENCLAW_EDGE_HTTPS_PORT`, `config.json5:3:15 https-port`. */
export function placeName(origin: Origin): string {
  if (origin.kind !== "file") return origin.name;
  const { file, line, column, path } = origin.place;
  return `${file}:${line}:${column}${path === "" ? "" : ` ${path}`}`;
}
