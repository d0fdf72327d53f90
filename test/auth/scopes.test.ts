import { describe, expect, test } from "vitest";

import { allows, DEFAULT_SCOPES, intersection, OPERATOR_SCOPES, readScope } from "../../src/auth/scopes.ts";
import { readRecord, writeRecord, type ScopesRecord } from "../../src/auth/scopes-record.ts";

describe("the Gateway's scopes", () => {
  test("admin is all of them, write is read and talk too, and nothing else brings another", () => {
    for (const scope of OPERATOR_SCOPES) expect(allows(["operator.admin"], scope)).toBe(true);
    expect(OPERATOR_SCOPES.filter((scope) => allows(["operator.write"], scope))).toEqual([
      "operator.read",
      "operator.write",
      "operator.talk",
    ]);
    for (const only of OPERATOR_SCOPES.filter((scope) => !["operator.admin", "operator.write"].includes(scope))) {
      expect(OPERATOR_SCOPES.filter((scope) => allows([only], scope))).toEqual([only]);
    }
  });

  test("what two lists allow together is never more than either of them allows", () => {
    const lists = [
      [],
      [...DEFAULT_SCOPES],
      ["operator.admin"],
      ["operator.read"],
      ["operator.write"],
      ["operator.pairing"],
      [...OPERATOR_SCOPES],
    ];
    for (const one of lists) {
      for (const other of lists) {
        const both = intersection(one, other);
        for (const scope of OPERATOR_SCOPES) expect(allows(both, scope)).toBe(allows(one, scope) && allows(other, scope));
      }
    }
  });

  test("a scope is written with or without operator. in front, and not in any other way", () => {
    expect(readScope("talk.secrets")).toBe("operator.talk.secrets");
    expect(readScope("operator.read")).toBe("operator.read");
    for (const word of ["", "operator.", "Read", "operator", "operator.operator.read", "read,write", "all", "node"])
      expect(readScope(word)).toBe(undefined);
  });
});

describe("the record of scopes", () => {
  const record: ScopesRecord = {
    owner: "alice",
    users: new Map([
      ["bob", []],
      ["__proto__", ["operator.admin"]],
      ["7", ["operator.read", "operator.talk"]],
    ]),
  };

  test("what was written is read again, awkward names and empty lists included", () => {
    expect(readRecord(writeRecord(record), "scopes.json")).toEqual({ kind: "good", record: { ...record, users: expect.any(Map) } });
    const read = readRecord(writeRecord(record), "scopes.json");
    expect(read.kind === "good" && Object.fromEntries(read.record.users)).toEqual(Object.fromEntries(record.users));
    expect(({} as Record<string, unknown>)["0"]).toBe(undefined);
  });

  test.each([
    ["", "scopes.json", "no valid JSON"],
    ['{\n  "version": 1,\n  oops\n}', "scopes.json:3:3", "no valid JSON"],
    ["[]", "scopes.json", "no JSON object"],
    ["{}", "scopes.json version", "missing or unknown"],
    ['{"version": 2}', "scopes.json version", "newer openclaw-edge"],
    ['{"version": 1, "owner": ["alice"]}', "scopes.json owner", "no user's name"],
    ['{"version": 1, "owner": "alice, bob"}', "scopes.json owner", "no user's name"],
    ['{"version": 1, "users": []}', "scopes.json users", "no JSON object"],
    ['{"version": 1, "users": {"bob": "operator.read"}}', 'scopes.json users."bob"', "no list"],
    ['{"version": 1, "users": {"bob": ["operator.root"]}}', 'scopes.json users."bob"', 'no scope "operator.root"'],
    ['{"version": 1, "users": {"bob": ["operator.read\\r\\nX-Forwarded-User: alice"]}}', 'scopes.json users."bob"', "There is no scope"],
    ['{"version": 1, "users": {"b\\u001b[2Jb": []}}', 'scopes.json users."b?[2Jb"', "user name is not valid"],
    ['{"version": 1, "admins": ["bob"]}', 'scopes.json "admins"', "no such entry"],
  ])("%j is refused, with its place", (text, where, what) => {
    expect(readRecord(text, "scopes.json")).toMatchObject({ kind: "bad", problems: [{ where, what: expect.stringContaining(what) }] });
  });
});
