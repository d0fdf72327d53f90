import type { Stage } from "./acme/contract.ts";
import type { RenewalFailureCode } from "./schedule/record.ts";

/** One certificate as an operator sees it. Plain data. */
export interface CertificateStatus {
  readonly names: readonly string[];
  /** Obtained from a CA, made by the local CA, or files of the operator's own. */
  readonly source: "acme" | "internal" | "files";
  /** `missing`: none yet. `late`: a third of its life is left, or less, and renewing failed. */
  readonly state: "valid" | "late" | "expired" | "missing";
  /** Who signed it, as its certificate says. */
  readonly issuer: string | undefined;
  /** ISO 8601, as all moments here. */
  readonly expires: string | undefined;
  /** When it is renewed, or tried again. Undefined: not by the edge. */
  readonly next: string | undefined;
  /** It is being obtained at this moment. */
  readonly working: boolean;
  /** Since the last success. */
  readonly lastError:
    | {
        readonly at: string;
        /** Failures in a row. */
        readonly count: number;
        readonly server: string;
        readonly staging: boolean;
        readonly stage: Stage;
        readonly code: RenewalFailureCode;
        /** A CA or a stranger may have written it: for a terminal and the log alone. */
        readonly detail: string;
      }
    | undefined;
}
