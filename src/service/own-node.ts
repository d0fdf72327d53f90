import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Whether root and the service's account can run this Node for good: nobody but root may replace it, or any directory on the way to it,
 * and it lies in no place that the unit hides from the service (ProtectHome, PrivateTmp).
 */
export function isSystemNode(node: string): boolean {
  const path = realpathSync(node);
  return [node, path].every((way) => !HIDDEN.test(way) && isRootsAlone(way));
}

const HIDDEN = /^\/(?:home|root|run\/user|tmp|var\/tmp)\//;

/** Of groups nothing is said: who is in root's, or in the one to which Debian leaves /usr/local, has root's rights anyhow. */
function isRootsAlone(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    const { uid, mode } = statSync(at);
    if (uid !== 0 || (mode & 0o002) !== 0) return false;
    if (dirname(at) === at) return true;
  }
}
