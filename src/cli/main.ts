import { readFileSync } from "node:fs";

import { isMissing } from "../config/option-reader.ts";
import { shown } from "../config/read.ts";
import { onlyFlags, readSources } from "../config/sources.ts";
import { surroundings as ofThisProcess } from "../config/surroundings.ts";
import type { Problem } from "../errors.ts";
import { readCommandLine, type CommandLine, type Slip } from "./command-line.ts";
import { commandSet } from "./commands.ts";
import { groupHelp, helpAbout } from "./help.ts";
import { printProblems } from "./problems.ts";

const SET = commandSet();
const NOTHING_DONE = { command: "", refusal: "openclaw-edge did nothing:" };

/** The command line: wiring and nothing else. Resolves with the process's exit code (cli/exit-codes.ts). */
export async function main(argv: readonly string[]): Promise<number> {
  // A closed pipe (`openclaw-edge --help | head -1`) is no failure.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});

  const line = readCommandLine(argv, SET);
  switch (line.kind) {
    case "version":
      process.stdout.write(`${version()}\n`);
      return 0;
    case "help":
      return help(line.about);
    case "group":
      // A script that forgot the command's second word must not believe that something was done.
      process.stderr.write(groupHelp(line.name, SET));
      return 2;
    case "unknown":
      return printProblems([line.slip], NOTHING_DONE);
    case "run":
      return run(line);
    default:
      return line satisfies never;
  }
}

async function run({ command, flags, words, slips }: CommandLine & { readonly kind: "run" }): Promise<number> {
  const surroundings = ofThisProcess();
  const written = command.isConfigured ? await readSources(flags, surroundings) : onlyFlags(flags);
  const invocation = { words, flags, written, surroundings, version: version() };
  const problems: readonly Problem[] = [...slips, ...otherProblems(await command.problems(invocation), slips)];
  return problems.length === 0 ? command.run(invocation) : printProblems(problems, { command: command.name, refusal: command.refusal });
}

/** What else is wrong is said in the same breath, but not what follows from a slip: a flag called missing that was only misspelt. */
function otherProblems(problems: readonly Problem[], slips: readonly Slip[]): readonly Problem[] {
  const meant = new Set(slips.map((slip) => slip.meant));
  return problems.filter((problem) => !isMissing(problem) || !meant.has(`--${problem.missing}`));
}

function help(about: readonly string[]): number {
  const text = helpAbout(about, SET);
  if (text === undefined) {
    const problem = { where: shown(about.join(" ")), what: "There is no such command.", mend: "All of them: openclaw-edge --help." };
    return printProblems([problem], NOTHING_DONE);
  }
  process.stdout.write(text);
  return 0;
}

function version(): string {
  // Two folders up, in a checkout (src/cli) and in the package (dist/cli) alike.
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
}
