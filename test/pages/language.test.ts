import { describe, expect, test } from "vitest";

import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { languageOf } from "../../src/pages/language.ts";
import { relativeTime } from "../../src/pages/relative-time.ts";
import { textsOf } from "../../src/pages/texts.ts";

test.each([
  [undefined, "en"],
  ["", "en"],
  ["en", "en"],
  ["zh", "zh"],
  ["zh-CN", "zh"],
  ["zh-TW,zh;q=0.9", "zh"],
  ["ZH-hans-cn", "zh"],
  ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
  ["en-US,en;q=0.9,zh-CN;q=0.8", "en"],
  ["en;q=0.5, zh;q=0.6", "zh"],
  ["en;q=0.5,zh;q=0.50", "en"],
  ["zh;q=0.5,en;q=0.5", "zh"],
  ["fr-FR,fr;q=0.9", "en"],
  ["fr,zh;q=0.1", "zh"],
  ["zh;q=0", "en"],
  ["zh;q=0.0,en;q=0", "en"],
  ["en;q=0,*;q=0.5", "zh"],
  ["*", "en"],
  ["*;q=0.9,zh;q=0.8", "en"],
  ["*;q=0.1,zh;q=0.8", "zh"],
  ["zhx", "en"],
  ["x-zh", "en"],
  ["zh;q=2", "en"],
  ["zh;q=abc", "en"],
  ["zh;level=1", "en"],
  [" zh ; q=0.9 , en ; q=0.1", "zh"],
  [`${"fr,".repeat(1_000)}zh`, "en"],
  [";;;,,,zh", "zh"],
])("Accept-Language: %s is %s (RFC 9110 §12.5.4)", (accepted, language) => {
  expect(languageOf(accepted)).toBe(language);
});

test("a time is told from now, in both languages", () => {
  const now = 1_800_000_000_000;
  const told = (distance: number, language: "en" | "zh"): string => relativeTime(now + distance, now, language);
  expect([0, -59_000, 59_000].map((distance) => told(distance, "en"))).toEqual(["just now", "just now", "just now"]);
  expect(told(-60_000, "en")).toBe("1 minute ago");
  expect(told(-3_600_000 * 23, "en")).toBe("23 hours ago");
  expect(told(-86_400_000 * 12.9, "en")).toBe("12 days ago");
  expect(told(86_400_000 * 83, "en")).toBe("in 83 days");
  expect(told(-7 * 60_000, "zh")).toBe("7分钟前");
  expect(told(0, "zh")).toBe("刚刚");
});

test("a wait is never told shorter than it is", () => {
  expect([1, 30, 59, 60, 61, 3_600].map((seconds) => textsOf("en").wait(seconds))).toEqual([
    "1 second",
    "30 seconds",
    "59 seconds",
    "1 minute",
    "2 minutes",
    "60 minutes",
  ]);
  expect([1, 61].map((seconds) => textsOf("zh").wait(seconds))).toEqual(["1 秒", "2 分钟"]);
});

describe("what a person reads", () => {
  const leaves = (value: unknown, path = ""): readonly (readonly [path: string, text: string])[] => {
    if (typeof value === "function") return [[path, String((value as (...args: readonly unknown[]) => unknown)("x", "y"))]];
    if (typeof value !== "object" || value === null) return [[path, String(value)]];
    return Object.entries(value).flatMap(([key, each]) => leaves(each, `${path}.${key}`));
  };
  const messages = (language: "en" | "zh") => Object.keys(ERRORS).map((code) => textsOf(language).errors.message(code as ErrorCode));

  test("is there in both languages, and every error has its own words in each", () => {
    const chinese = new Map(leaves({ ...textsOf("zh"), errors: { ...textsOf("zh").errors, message: undefined } }));
    const english = leaves({ ...textsOf("en"), errors: { ...textsOf("en").errors, message: undefined } });
    expect([...chinese.keys()]).toEqual(english.map(([path]) => path));
    // A host or the like alone is the same in both.
    const untold = english.filter(
      ([path, text]) => text.length > 1 && !/\p{Script=Han}/u.test(chinese.get(path) ?? "") && text !== "undefined",
    );
    expect(untold.map(([path]) => path)).toEqual([".signIn.lead"]);
    expect(messages("en")).toEqual(Object.values(ERRORS).map(({ message }) => message));
    for (const message of messages("zh")) expect(message).toMatch(/\p{Script=Han}.*。$/u);
    expect(new Set(messages("zh")).size).toBe(Object.keys(ERRORS).length);
  });

  test("has a title for every status that an error is answered with", () => {
    const statuses = new Set(
      Object.values(ERRORS)
        .map(({ status }) => status)
        .filter((status) => status > 0),
    );
    for (const language of ["en", "zh"] as const)
      for (const status of statuses) expect(textsOf(language).errors.titles[status], `${status}`).toBeTruthy();
  });
});
