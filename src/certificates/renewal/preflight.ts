import type { ServedName } from "../../config/edge-config.ts";

/** Something that will probably keep a CA from validating a name. In our own words and names alone. */
export interface Finding {
  readonly code: "noAddress" | "otherAddress" | "port80" | "port443" | "caa";
  readonly what: string;
  readonly mend: string;
}

/**
 * Looks at a name as a CA would, before the first order. It may be wrong (a router that does not let us reach ourselves from inside), so
 * all that follows from a finding is that the first try goes to the CA's staging.
 *
 * @param caaIdentities the names by which CAA records permit the CA
 */
export type Preflight = (name: ServedName, caaIdentities: readonly string[], signal: AbortSignal) => Promise<readonly Finding[]>;
