/** The documents, held to each other and to the program. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { readCommandLine } from "../../src/cli/command-line.ts";
import { commandSet } from "../../src/cli/commands.ts";
import { termOfOption } from "../../src/cli/help.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { commandLines } from "./command-lines.ts";
import { anchorOf, linksOf, readMarkdown, type Markdown } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGES = globSync(["*.md", "docs/*.md", "certs/*.md", "bench/*.md"], { cwd: ROOT }).toSorted();
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("README.zh-CN.md is in step with README.md", () => {
  const [english, chinese] = [read("README.md"), read("README.zh-CN.md")];
  const [page, translation] = [readMarkdown(english), readMarkdown(chinese)];

  test("the same headings: as many, of the same levels, in the same order", () => {
    expect(translation.headings.map(({ level }) => level)).toEqual(page.headings.map(({ level }) => level));
  });

  test("the same code", () => {
    expect(translation.blocks).toEqual(page.blocks);
  });

  test("as many rows in its tables, and every option in them", () => {
    const terms = Object.values(OPTIONS).map((row) => termOfOption(row));
    expect(terms.filter((term) => !chinese.includes(`\n| \`${term}\` |`))).toEqual([]);
    const rows = (text: string): readonly number[] => text.split(/^#/m).map((section) => section.match(/^\|.*\|$/gm)?.length ?? 0);
    expect(rows(chinese)).toEqual(rows(english));
  });

  test("links to the same pages, in the same order", () => {
    const others = (text: Markdown): readonly string[] =>
      linksOf(text)
        .filter((link) => !link.startsWith("#") && !link.startsWith("README"))
        .map((link) => link.replace(/#.*/, ""));
    expect(others(translation)).toEqual(others(page));
  });
});

describe.each(PAGES)("%s", (path) => {
  const page = readMarkdown(read(path));

  test("links to nothing that does not exist", () => {
    const broken = linksOf(page).filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [file = "", fragment] = link.split("#");
      const target = file === "" ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(ROOT, target))) return true;
      return fragment !== undefined && !readMarkdown(read(target)).headings.some(({ text }) => anchorOf(text) === fragment);
    });
    expect(broken).toEqual([]);
  });

  test("its command lines are such as the program takes", () => {
    const wrong = commandLines(page).flatMap((words) => {
      const line = readCommandLine(words, commandSet());
      return line.kind === "run" && line.slips.length > 0
        ? [[words.join(" "), ...line.slips.map(({ where, what }) => `${where}: ${what}`)]]
        : [];
    });
    expect(wrong).toEqual([]);
  });
});

test("every test that SECURITY.md names is there, with the titles that it quotes", () => {
  const rows = read("SECURITY.md")
    .split("\n")
    .filter((line) => /^\| .* \|$/.test(line))
    .map((line) => line.slice(line.lastIndexOf(" | ") + 3, -2));
  const named = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`(?: \([^)]*\))?((?:,? "[^"]+")*)/g)]);
  expect(named.length).toBeGreaterThan(100);
  const missing = named.flatMap(([, place = "", titles = ""]) => {
    if (place.startsWith("npm run ")) return [];
    const files = globSync([place, `test/${place}.test.ts`, `test/${place}.ts`, `test/${place}/**/*.test.ts`], { cwd: ROOT });
    if (files.length === 0) return [place];
    const text = files.map(read).join("\n");
    const parts = [...titles.matchAll(/"([^"]+)"/g)].flatMap(([, title = ""]) => title.split("…"));
    return parts.filter((part) => !text.includes(part.trim())).map((part) => `${place}: ${part}`);
  });
  expect(missing).toEqual([]);
});

test("every command stands in a document", () => {
  const text = PAGES.map(read).join("\n");
  const missing = commandSet().commands.filter(
    ({ name }) => name !== "serve" && !new RegExp(`openclaw-edge ${name}\\b|npm start -- ${name}\\b`).test(text),
  );
  expect(missing.map(({ name }) => name)).toEqual([]);
});

/** What others say: browsers, the Gateway. */
const FOREIGN = new Set([
  "This site can't be reached",
  "Your connection is not private",
  "disconnected (1008)",
  "missing scope: operator.admin",
]);

test("the messages that docs/troubleshooting.md goes by are the program's own", () => {
  const sources = globSync("src/**/*.ts", { cwd: ROOT }).map(read).join("\n");
  // A message may be put together from several literals.
  const program = sources.replaceAll(/["`']\s*\+\s*["`']/g, "").replaceAll(/\\(["'`])/g, "$1");
  const cells = [...readMarkdown(read("docs/troubleshooting.md")).prose.matchAll(/^\| (.*?) \|/gm)].map(([, cell = ""]) => cell);
  const messages = cells.flatMap((cell) => [...cell.matchAll(/"([^"]+(?:"…"[^"]*)*)"/g)].map(([, text = ""]) => text));
  expect(messages.length).toBeGreaterThan(40);
  const strange = messages
    .filter((text) => !FOREIGN.has(text))
    .flatMap((text) => text.split(/"?…"?/).map((part) => part.trim()))
    .filter((part) => part.length > 3 && !program.includes(part));
  expect(strange.join("\n")).toBe("");
});
