/** The scopes of a user who was given none of his own: all but `operator.admin` and `operator.pairing`. */
export const DEFAULT_SCOPES = ["operator.read", "operator.write", "operator.approvals", "operator.questions"] as const;

const TEXT = DEFAULT_SCOPES.join(",");

/** What X-OpenClaw-Scopes says of a user, until users have scopes of their own. */
export function scopesOf(): string {
  return TEXT;
}
