import { describe, expect, it } from "vitest";

import type { AcmeProblem } from "../../../src/certificates/acme/contract.ts";
import { isFromChild, isToChild } from "../../../src/certificates/acme/messages.ts";
import { name, PATIENCE, requestFor } from "./support.ts";

const problem: AcmeProblem = { code: "dns", detail: "x", subproblems: [] };
const failed = { kind: "failed", stage: "order", problem, failedNames: [{ name: name("ai.test"), problem }], retryAfter: 5 };
const http = { type: "http-01", identifier: name("ai.test"), token: "t", keyAuthorization: "t.k" };

describe("messages between the edge and the child", () => {
  it("to the child are a piece of work, or an answer", async () => {
    const request = await requestFor({ url: "https://ca.test/dir" }, [name("ai.test")], { profile: "shortlived" });
    expect(isToChild({ kind: "work", task: { task: "issue", request }, patience: PATIENCE })).toBe(true);
    expect(isToChild({ kind: "work", task: { task: "issue", request: { ...request, names: [] } }, patience: PATIENCE })).toBe(false);
    expect(isToChild({ kind: "work", task: { task: "issue", request: { ...request, challenges: ["dns-01"] } }, patience: PATIENCE })).toBe(
      false,
    );
    expect(isToChild({ kind: "answer", id: 1, value: true })).toBe(true);
    expect(isToChild({ kind: "answer", id: 1, value: "yes" })).toBe(false);
  });

  it.each([
    { kind: "ready" },
    { kind: "done", outcome: failed },
    { kind: "done", outcome: { kind: "window", start: 1, end: 2, retryAfter: 60 } },
    { kind: "question", id: 0, question: { hook: "registering", argument: {} } },
    { kind: "question", id: 0, question: { hook: "present", argument: http } },
    { kind: "notice", notice: { code: "accountLost", path: "/x" } },
  ])("from the child are such as %j", (message) => expect(isFromChild(message)).toBe(true));

  it.each([
    undefined,
    "ready",
    [],
    { kind: "done" },
    { kind: "done", outcome: { ...failed, stage: "elsewhere" } },
    { kind: "done", outcome: { ...failed, problem: { ...problem, code: "made up" } } },
    { kind: "done", outcome: { kind: "window", start: 1, end: Number.NaN, retryAfter: 60 } },
    { kind: "question", id: 0, question: { hook: "store", argument: { certificate: "x" } } },
    { kind: "question", id: 0, question: { hook: "present", argument: { ...http, token: 7 } } },
    { kind: "question", id: 0, question: { hook: "constructor", argument: {} } },
    { kind: "notice", notice: { code: "accountLost", path: "x".repeat(300_000) } },
  ])("from the child are never such as %#", (message) => expect(isFromChild(message)).toBe(false));
});
