import type { ServedName } from "../../config/served-name.ts";
import { issuerOf } from "../certificate-checks.ts";
import type { CertificateStatus } from "../status.ts";
import { alarmOf, failuresOf, type Outlook } from "./outlook.ts";

/** @param next milliseconds since the epoch */
export function statusOf(
  name: ServedName,
  outlook: Outlook,
  { next, working }: { readonly next: number; readonly working: boolean },
): CertificateStatus {
  const { stored } = outlook;
  const now = Date.now();
  const last = failuresOf(outlook);
  return {
    names: [name.value],
    source: "acme",
    state:
      stored === undefined
        ? "missing"
        : now >= stored.leaf.validToDate.getTime()
          ? "expired"
          : alarmOf(outlook, now) > 0
            ? "late"
            : "valid",
    issuer: stored && issuerOf(stored.leaf),
    expires: stored?.leaf.validToDate.toISOString(),
    next: new Date(Math.max(next, now)).toISOString(),
    working,
    lastError: last && { at: new Date(last.at).toISOString(), count: last.count, ...last.last },
  };
}
