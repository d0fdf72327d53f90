import { OPTIONS } from "../config/options.ts";

/** The README's table of options, made from the same rows as `--help`. Printed by `node src/cli/options-table.ts`. */
export function optionsTable(): string {
  const rows = Object.values(OPTIONS).map((row) => {
    const value = row.default.includes(" ") || row.default === "required" || row.default === "none" ? row.default : `\`${row.default}\``;
    return `| \`--${row.flag} ${row.value}\` | ${row.help} | ${row.range} | ${value} | ${row.reason} |`;
  });
  return ["| option | what it does | values | default | why |", "| --- | --- | --- | --- | --- |", ...rows, ""].join("\n");
}

if (import.meta.main) process.stdout.write(optionsTable());
