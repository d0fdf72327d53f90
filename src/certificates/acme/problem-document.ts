import type { AcmeProblem } from "./contract.ts";
import { codeOf } from "./failure-codes.ts";
import { oneLine } from "./failure.ts";
import { readIdentifier } from "./identifiers.ts";
import { asList, asRecord } from "./json.ts";

/** Subproblems beyond this are dropped; no order of ours has more names. */
const MOST_SUBPROBLEMS = 100;

/** A problem document (RFC 7807) with subproblems (RFC 8555 §6.7.1); undefined: it is none. */
export function readProblem(value: unknown, status?: number): AcmeProblem | undefined {
  const document = asRecord(value);
  if (document === undefined || (document["type"] === undefined && document["detail"] === undefined)) return undefined;
  const subproblems = (asList(document["subproblems"]) ?? []).slice(0, MOST_SUBPROBLEMS).flatMap((each) => {
    const subproblem = asRecord(each);
    if (subproblem === undefined) return [];
    const identifier = readIdentifier(subproblem["identifier"]);
    return [{ code: codeOf(subproblem["type"]), detail: detailOf(subproblem["detail"]), ...(identifier && { identifier }) }];
  });
  return {
    code: codeOf(document["type"]),
    ...(status !== undefined && { status }),
    detail: detailOf(document["detail"]),
    subproblems,
  };
}

/** What an answer without a problem document means: a proxy or a load balancer in front of the CA wrote it. */
export function problemOfStatus(status: number, mediaType: string): AcmeProblem {
  const code = status === 429 ? "rateLimited" : status >= 500 ? "serverInternal" : "badAnswer";
  const detail = `The CA answered ${status} with ${mediaType === "" ? "nothing that says why" : oneLine(mediaType)}.`;
  return { code, status, detail, subproblems: [] };
}

const detailOf = (value: unknown): string => (typeof value === "string" ? oneLine(value) : "");
