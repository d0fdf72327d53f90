/** Failures inside the child: thrown as `AcmeError` from wherever they happen, told as a `Failed` at the top. */
import type { AcmeProblem, FailureCode } from "./contract.ts";

/** Characters of a detail: more is no help, and a stranger may have written it. */
const LONGEST_DETAIL = 500;

export class AcmeError extends Error {
  readonly problem: AcmeProblem;
  /** Seconds; see `Failed`. */
  readonly retryAfter: number | undefined;

  constructor(problem: AcmeProblem, options: { readonly retryAfter?: number | undefined; readonly cause?: unknown } = {}) {
    super(`${problem.code}: ${problem.detail}`, { cause: options.cause });
    this.name = "AcmeError";
    this.problem = problem;
    this.retryAfter = options.retryAfter;
  }
}

/** A failure that we found ourselves. */
export function failure(code: FailureCode, detail: string, options: { readonly cause?: unknown } = {}): AcmeError {
  return new AcmeError({ code, detail: oneLine(detail), subproblems: [] }, options);
}

export const hasCode = (error: unknown, ...codes: readonly FailureCode[]): error is AcmeError =>
  error instanceof AcmeError && codes.includes(error.problem.code);

/** Text that others wrote, without what moves a cursor, hides itself or pretends to be a line of its own. */
export function oneLine(text: string): string {
  const safe = text
    .slice(0, 4 * LONGEST_DETAIL)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
  return safe.length <= LONGEST_DETAIL ? safe : `${safe.slice(0, LONGEST_DETAIL - 1)}…`;
}
