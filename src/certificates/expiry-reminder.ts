import type { Log } from "../log/log.ts";
import type { Served } from "./source.ts";

/** Whether somebody should have renewed it by now. */
export const isDue = ({ noticeFrom }: Served, now: Date): boolean => noticeFrom !== undefined && now >= noticeFrom;

/** Tells the operator of a certificate that nobody has renewed. */
export function remind(served: Served, log: Log): void {
  const now = new Date();
  if (!isDue(served, now)) return;
  const { description } = served;
  if (now > served.expires) log.error("The certificate has expired: browsers refuse to connect. Renew it.", { certificate: description });
  else log.warn("The certificate expires soon. Renew it.", { certificate: description });
}
