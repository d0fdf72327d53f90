import type { Finding } from "../errand/errand.ts";

/** Seconds between this machine's clock and the CA's that are worth a word. */
const WORTH = 300;

/** A clock that is wrong, in words for whoever can set it; undefined: it is right. */
export function clockFinding(ahead: number): Finding | undefined {
  const seconds = Math.abs(ahead);
  if (seconds < WORTH) return undefined;
  const by = seconds < 7_200 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3_600).toFixed(1)} hours`;
  return {
    code: "clock",
    what: `This machine's clock is ${by} ${ahead > 0 ? "ahead of" : "behind"} the CA's.`,
    mend: "Set it, and let it be kept (timedatectl set-ntp true).",
  };
}
