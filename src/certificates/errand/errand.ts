/** Small things that the edge has done outside, each by a short-lived process of its own: types only. */
import type { ServedName } from "../../config/served-name.ts";
import type { Challenge, ChallengeType } from "../acme/contract.ts";

export type Errand = PreflightErrand | NotifyErrand;

/** To look at a name as a CA would. */
export interface PreflightErrand {
  readonly kind: "preflight";
  readonly name: ServedName;
  readonly challenges: readonly ChallengeType[];
  /** Where a CA looks. */
  readonly ports: { readonly http: number; readonly https: number };
  /** The names by which CAA records permit the CA; empty: it named none. */
  readonly caaIdentities: readonly string[];
  /** This machine's public addresses, as far as it knows them itself. */
  readonly ownAddresses: readonly string[];
  /** host:port of a name server, for tests; otherwise the system's. */
  readonly nameServer?: string;
}

/** To tell the operator. */
export interface NotifyErrand {
  readonly kind: "notify";
  readonly url: string;
  readonly token: string | undefined;
  /** JSON. */
  readonly body: string;
}

/** Something that will probably keep a CA from validating a name. In our own words and names alone. */
export interface Finding {
  readonly code: "noAddress" | "otherAddress" | "port80" | "port443" | "caa" | "clock";
  readonly what: string;
  readonly mend: string;
}

export type ToErrand = Errand | { readonly kind: "presented" };

export type FromErrand =
  /** Preflight: so that it can look for it. */
  | { readonly kind: "present"; readonly challenge: Challenge }
  | { readonly kind: "findings"; readonly findings: readonly Finding[] }
  /** `status` 0: there was no answer. */
  | { readonly kind: "posted"; readonly status: number; readonly detail: string };
