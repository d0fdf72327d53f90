import { WIDTH } from "./terminal.ts";

/**
 * Columns as wide as their widest cell, two spaces apart, behind an indent of two. Where that is wider than a terminal every row stands
 * on lines of its own: the first cell, and the others below it.
 */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => all.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0));
  const lines = all.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
  if (lines.every((line) => line.length <= WIDTH)) return lines;
  return all.flatMap(([first, ...others], index) =>
    index === 0 ? [`  ${heads.join(" / ")}`] : [`  ${first}`, ...others.map((cell) => `      ${cell}`)],
  );
}
