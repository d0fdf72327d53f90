import { readFileSync, writeFileSync } from "node:fs";

import { OPTIONS } from "../config/options.ts";
import { termOfOption, usualOf } from "./help.ts";

/**
 * The README's table of options, made from the same rows as `--help`. Printed by `node src/cli/options-table.ts`, put there with `--write`.
 * How a flag is called in the environment and in the configuration file is a rule above the table, not a column.
 */
export function optionsTable(): string {
  const rows = Object.values(OPTIONS).map((row) => {
    const isWords = row.value === undefined || row.default.includes(" ") || row.default === "required" || row.default === "none";
    const usual = row.value === undefined ? usualOf(row).replace("default: ", "") : row.default;
    return `| \`${termOfOption(row)}\` | ${row.help} | ${row.range} | ${isWords ? usual : `\`${usual}\``} | ${row.reason} |`;
  });
  return ["| option | what it does | values | default | why |", "| --- | --- | --- | --- | --- |", ...rows, ""].join("\n");
}

/** The README with the table as it is now. */
export function withOptionsTable(readme: string): string {
  // A replacement is a function, so that no $ in the table means anything.
  return readme.replace(/\| option \| what it does [\s\S]*?\n(?=\n)/, () => optionsTable());
}

if (import.meta.main) {
  const readme = new URL("../../README.md", import.meta.url);
  if (process.argv.includes("--write")) writeFileSync(readme, withOptionsTable(readFileSync(readme, "utf8")));
  else process.stdout.write(optionsTable());
}
