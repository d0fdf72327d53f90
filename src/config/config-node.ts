import type { Problem } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { shown, type Mistake } from "./read.ts";
import { placeName, type Place } from "./written.ts";

/** A value in a configuration file, with the place where it stands. */
export type ConfigNode = ConfigObject | ConfigArray | ConfigScalar;

export interface ConfigObject {
  readonly kind: "object";
  readonly place: Place;
  /** By key, in their order. No key is there twice: that is told when the file is parsed. */
  readonly members: ReadonlyMap<string, ConfigMember>;
}

export interface ConfigMember {
  readonly key: string;
  /** Where the key stands. */
  readonly place: Place;
  readonly value: ConfigNode;
}

export interface ConfigArray {
  readonly kind: "array";
  readonly place: Place;
  readonly items: readonly ConfigNode[];
}

export type ConfigScalar =
  | { readonly kind: "string"; readonly place: Place; readonly value: string }
  /** Also Infinity and NaN, which JSON5 has. */
  | { readonly kind: "number"; readonly place: Place; readonly value: number }
  | { readonly kind: "boolean"; readonly place: Place; readonly value: boolean }
  | { readonly kind: "null"; readonly place: Place };

/** A problem at a place in the file. */
export function problemAt(place: Place, { what, mend }: Mistake): Problem {
  return { where: placeName({ kind: "file", place }), what, mend };
}

/** A node as a message names it: `the number 8443`, `an object`. */
export function described(node: ConfigNode): string {
  switch (node.kind) {
    case "object":
      return "an object";
    case "array":
      return "an array";
    case "string":
      return `the string ${shown(node.value)}`;
    case "number":
      return `the number ${node.value}`;
    case "boolean":
      return String(node.value);
    case "null":
      return "null";
    default:
      return node satisfies never;
  }
}

/** A problem for each key of an object that is not among the known ones, with the nearest that is. */
export function unknownKeys(object: ConfigObject, known: readonly string[]): readonly Problem[] {
  return [...object.members.values()]
    .filter(({ key }) => !known.includes(key))
    .map(({ key, place }) => {
      const near = nearest(key, known);
      const all =
        known.length > 20
          ? "Every key is an option of openclaw-edge serve --help, without its dashes"
          : `What there is: ${known.join(", ")}`;
      const mend = near === undefined ? `Leave it out. ${all}.` : `Did you mean "${near}"?`;
      return problemAt(place, { what: `There is no key ${shown(key)} here.`, mend });
    });
}
