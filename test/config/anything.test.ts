/** Whatever is written anywhere, the answer is a configuration or problems with places, never a failure. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import fc from "fast-check";
import { expect, test } from "vitest";

import { readCommandLine } from "../../src/cli/command-line.ts";
import { COMMANDS, commandSet } from "../../src/cli/commands.ts";
import { parseJson5 } from "../../src/config/json5.ts";
import { loadSettings } from "../../src/config/load.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { STRUCTURED } from "../../src/config/structured.ts";
import { scratchDirectory } from "../support/scratch.ts";

const KEYS = [...Object.values(OPTIONS).map(({ flag }) => flag), ...Object.keys(STRUCTURED), "version", "$schema"];
const TOKENS = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "'",
  "//",
  "/*",
  "*/",
  "\n",
  "\\",
  "\0",
  "\u2028",
  "a",
  "https-port",
  "0x",
  "1e999",
  "-",
  "NaN",
  " ",
];

/** Every problem has a place and a mend, and nothing in it can move a terminal's cursor. */
function areProblems(problems: readonly { readonly where: string; readonly what: string; readonly mend: string }[]): void {
  for (const { where, what, mend } of problems) {
    for (const text of [where, what, mend]) {
      expect(text).not.toBe("");
      expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    }
  }
}

test("any text is a tree or a problem", () => {
  const soup = fc.array(fc.constantFrom(...TOKENS), { maxLength: 40 }).map((tokens) => tokens.join(""));
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: "binary", maxLength: 60 })), (text) => {
      const { root, problems } = parseJson5(text, "edge.json5");
      expect(root !== undefined || problems.length > 0).toBe(true);
      areProblems(problems);
    }),
    { numRuns: 1_500 },
  );
});

test("any value under any key is taken or told", async () => {
  const directory = await scratchDirectory();
  const file = join(directory, "edge.json5");
  const around = { directory, home: directory, uid: 1000, environment: {} };
  const word = fc.constantFrom(
    "",
    "off",
    "true",
    "10s",
    "16k",
    "a.lan",
    "*",
    "https://x",
    "unix:/x",
    "x".repeat(300),
    "\u001b[2J",
    "\0",
    "::1",
  );
  const value = fc.oneof(
    fc.jsonValue(),
    word,
    fc.array(word, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("env", "file", "path", "to", "__proto__"), word),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...KEYS, "domian", "constructor", "toString"), value, { maxKeys: 5 }),
      async (content) => {
        await writeFile(file, JSON.stringify(content));
        const loaded = await loadSettings({ config: [file] }, around);
        if (loaded.kind === "refused") areProblems(loaded.problems);
      },
    ),
    { numRuns: 200 },
  );
});

test("any command line is read, and every slip is told", () => {
  const words = [
    ...COMMANDS.flatMap(({ name }) => name.split(" ")),
    ...KEYS.map((key) => `--${key}`),
    "--",
    "-",
    "--=",
    "-x",
    "--no-json",
    "=",
    "",
    "\u001b[2J",
    "--help",
    "-V",
  ];
  const word = fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary", maxLength: 12 }));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
      const line = readCommandLine(argv, commandSet());
      if (line.kind === "run") areProblems(line.slips);
    }),
    { numRuns: 1_500 },
  );
});
