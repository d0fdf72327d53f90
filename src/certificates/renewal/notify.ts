import type { RenewalFailureCode } from "../schedule/record.ts";

/** What `--notify` may say: codes from closed lists, and our own names. Nothing that a CA or a stranger wrote: an agent may read it. */
export interface OperatorMessage {
  readonly event: "certificate_missing" | "certificate_late" | "certificate_very_late" | "certificate_expired" | "certificate_renewed";
  readonly name: string;
  /** ISO 8601. */
  readonly expires: string | undefined;
  readonly code?: RenewalFailureCode | undefined;
}
