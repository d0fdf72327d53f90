import { describe, expect, it } from "vitest";

import { MOST_PASSES, readPasses, writePasses } from "../../../src/auth/pass/passes-record.ts";
import type { PassRecord } from "../../../src/auth/pass/passes-record.ts";

const HASH = "h".repeat(43);
const PASS: PassRecord = {
  id: "abcdefgh23",
  name: "iphone",
  user: "alice",
  hash: HASH,
  created: 1_700_000_000_000,
  expires: undefined,
  scopes: undefined,
};

const problems = (text: string): readonly string[] => {
  const read = readPasses(text, "passes.json");
  return read.kind === "bad" ? read.problems.map(({ where, what }) => `${where}: ${what}`) : [];
};
const file = (entry: unknown): string => JSON.stringify({ version: 1, passes: [entry] });
const written = { id: PASS.id, name: PASS.name, user: PASS.user, hash: HASH, created: "2026-11-22T13:00:00.000Z" };

describe("the file of passes", () => {
  it("is read as it was written", () => {
    const all = [
      PASS,
      { ...PASS, id: "abcdefgh24", expires: 1_800_000_000_000, scopes: ["operator.read"] },
      { ...PASS, id: "abcdefgh25", scopes: [] },
    ];
    expect(readPasses(writePasses(all), "p")).toEqual({ kind: "good", passes: all });
    expect(readPasses(writePasses([]), "p")).toEqual({ kind: "good", passes: [] });
  });

  it("has a line for each pass, with times that people can read", () => {
    expect(writePasses([PASS]).split("\n")).toContain(
      `    {"id":"abcdefgh23","name":"iphone","user":"alice","hash":"${HASH}","created":"2023-11-14T22:13:20.000Z"}`,
    );
  });

  it.each([
    ["no JSON", "{", "passes.json: It is no valid JSON."],
    ["a list", "[]", "passes.json: It is no JSON object."],
    ["without a version", '{"passes":[]}', "passes.json version: Its version is missing or unknown."],
    ["of a newer version", '{"version":2,"passes":[]}', "passes.json version: A newer openclaw-edge wrote it (version 2)."],
    ["without passes", '{"version":1}', "passes.json passes: It is no list."],
    ["with a pass that is none", file(7), "passes.json passes[0]: It is no JSON object."],
    ["with a strange id", file({ ...written, id: "../x" }), "passes.json passes[0]: Its id is missing or not valid."],
    ["with a strange name", file({ ...written, name: "a b" }), "passes.json passes[0]: Its name is missing or not valid."],
    ["with a strange user", file({ ...written, user: "a,b" }), "passes.json passes[0]: Its user is missing or not valid."],
    ["with half a hash", file({ ...written, hash: "h" }), "passes.json passes[0]: Its hash is missing or damaged."],
    [
      "with an expiry that is no time: never taken for none",
      file({ ...written, expires: "soon" }),
      "passes.json passes[0]: The time of its expiry is no time.",
    ],
    ["with an expiry of null", file({ ...written, expires: null }), "passes.json passes[0]: The time of its expiry is no time."],
    [
      "with scopes that are no list: never taken for all",
      file({ ...written, scopes: null }),
      "passes.json passes[0]: Its scopes are no list.",
    ],
    [
      "with a scope that does not exist",
      file({ ...written, scopes: ["operator.root"] }),
      'passes.json passes[0]: There is no scope "operator.root".',
    ],
  ])("is refused when it is %s", (_, text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  it("is refused with an id that stands there twice, and with more passes than there may be", () => {
    expect(problems(JSON.stringify({ version: 1, passes: [written, written] }))).toEqual([
      "passes.json passes[1]: The id abcdefgh23 stands there twice.",
    ]);
    expect(problems(JSON.stringify({ version: 1, passes: Array.from({ length: MOST_PASSES + 1 }, () => written) }))).toHaveLength(1);
  });

  it("repeats nothing of a hash in a message", () => {
    expect(problems(file({ ...written, hash: "SECRETSECRET" })).join()).not.toContain("SECRET");
  });
});
