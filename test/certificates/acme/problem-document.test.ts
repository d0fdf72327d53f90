import { describe, expect, it } from "vitest";

import { problemOfStatus, readProblem } from "../../../src/certificates/acme/problem-document.ts";
import { ip, name } from "./support.ts";

const urn = (type: string): string => `urn:ietf:params:acme:error:${type}`;

describe("a CA's problem document (RFC 8555 §6.7)", () => {
  it("keeps its type as our own word, its status, its detail and its subproblems with their names", () => {
    const document = {
      type: urn("rejectedIdentifier"),
      detail: "Some of the identifiers requested were rejected",
      subproblems: [
        { type: urn("malformed"), detail: "Invalid underscore", identifier: { type: "dns", value: "_example.org" } },
        { type: urn("caa"), detail: "no", identifier: { type: "ip", value: "192.0.2.1" } },
        { type: urn("dns"), detail: "for nobody" },
        "nonsense",
      ],
    };
    expect(readProblem(document, 403)).toEqual({
      code: "rejectedIdentifier",
      status: 403,
      detail: "Some of the identifiers requested were rejected",
      subproblems: [
        { code: "malformed", detail: "Invalid underscore", identifier: name("_example.org") },
        { code: "caa", detail: "no", identifier: ip("192.0.2.1") },
        { code: "dns", detail: "for nobody" },
      ],
    });
  });

  it.each([urn("somethingNew"), "rateLimited", urn("toString"), urn(""), "about:blank", 7, undefined])(
    "of the unknown type %j is an unknownError",
    (type) => {
      expect(readProblem({ type, detail: "x" })).toMatchObject({ code: "unknownError" });
    },
  );

  it("has one line of text, short, in which nothing moves a cursor or hides", () => {
    const detail = `\u001b[2Jfirst\r\nsecond\u202e\u2028third\u0000${"x".repeat(5_000)}`;
    const problem = readProblem({ type: urn("dns"), detail });
    expect(problem?.detail).toMatch(/^\[2Jfirst second third x+…$/);
    expect(problem?.detail).toHaveLength(500);
  });

  it("has a hundred subproblems at most", () => {
    const subproblems = Array.from({ length: 5_000 }, () => ({ type: urn("dns"), detail: "x" }));
    expect(readProblem({ type: urn("compound"), subproblems })?.subproblems).toHaveLength(100);
  });

  it.each([undefined, null, [], "text", {}, { title: "no" }])("is not found in %j", (value) => expect(readProblem(value)).toBeUndefined());

  it("is made up from the status where a proxy wrote the answer", () => {
    expect(problemOfStatus(429, "text/html")).toMatchObject({ code: "rateLimited", status: 429 });
    expect(problemOfStatus(503, "text/html")).toMatchObject({ code: "serverInternal", detail: "The CA answered 503 with text/html." });
    expect(problemOfStatus(404, "")).toMatchObject({ code: "badAnswer", status: 404 });
  });
});
