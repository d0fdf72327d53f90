/** The Gateway's operator scopes, and what of them one list allows another. Pure. */

/**
 * Every scope that the Gateway knows (openclaw 2026.9.6, `KNOWN_OPERATOR_SCOPES` and docs/gateway/operator-scopes.md). One that it
 * learns later is covered by `operator.admin`.
 */
export const OPERATOR_SCOPES = [
  "operator.admin",
  "operator.read",
  "operator.write",
  "operator.approvals",
  "operator.questions",
  "operator.pairing",
  "operator.talk",
  "operator.talk.secrets",
  "operator.sessions.read",
  "operator.sessions.write",
] as const;

export type OperatorScope = (typeof OPERATOR_SCOPES)[number];

/** The scopes of a user who was given none of his own: what the Gateway itself gives to a device that it approves unasked. */
export const DEFAULT_SCOPES: readonly OperatorScope[] = ["operator.read", "operator.write", "operator.approvals", "operator.questions"];

/** The scope that a person wrote, with or without `operator.` in front; undefined: there is none of that name. */
export function readScope(word: string): OperatorScope | undefined {
  return OPERATOR_SCOPES.find((scope) => scope === word || scope === `operator.${word}`);
}

/** Whether a list allows what a scope stands for: `operator.admin` is all of them, `operator.write` is read and talk too. */
export function allows(list: readonly string[], scope: string): boolean {
  if (list.includes(scope) || list.includes("operator.admin")) return true;
  return (scope === "operator.read" || scope === "operator.talk") && list.includes("operator.write");
}

/** What both lists allow: neither adds anything to the other. */
export function intersection(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one.filter((scope) => allows(other, scope)), ...other.filter((scope) => allows(one, scope))])];
}

/** The value of X-OpenClaw-Scopes. Empty is not absent: the Gateway takes an absent field for every scope there is. */
export const scopesField = (scopes: readonly string[]): string => scopes.join(",");
