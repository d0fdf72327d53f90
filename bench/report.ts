/** What a person reads, and what a program does. */
import { cpus, loadavg, release } from "node:os";

import type { Case } from "./cases/case.ts";
import type { Results, Summary } from "./results.ts";
import type { Competitor } from "./servers/server.ts";
import { judge, type Judgement } from "./targets.ts";

export function caseTable(item: Case, competitors: readonly Competitor[], results: Results): string {
  const rows: (readonly string[])[] = [["", item.unit, "edge ÷ it", "lowest–highest", item.throughputUnit ?? "", "p50 ms", "p99 ms"]];
  const remarks: string[] = [];
  for (const { name, leftOut } of competitors) {
    const summary = results.summary(item, name);
    const reason = leftOut[item.name];
    if (summary) rows.push(row(item, name, summary, results.ratio(item, name)));
    else rows.push([name, "–", "", "", "", "", ""]);
    if (reason !== undefined) remarks.push(`${name}: left out, since ${reason}`);
    const notes = Object.entries(summary?.notes ?? {}).map(([key, value]) => `${key}: ${value}`);
    if (notes.length > 0) remarks.push(`${name}: ${notes.join("; ")}`);
  }
  return [`${item.name}: ${item.title}`, columns(rows), ...remarks.map((remark) => `  ${remark}`)].join("\n");
}

export function targetList(results: Results, cases: readonly Case[]): { readonly text: string; readonly missed: number } {
  const all = judgements(results);
  const rows = all.map((judgement) => {
    const unit = cases.find(({ name }) => name === judgement.case)?.unit ?? "";
    const what = judgement.against === undefined ? unit : `of ${judgement.against}`;
    return [
      judgement.verdict === "missed" && judgement.stretch ? "not yet" : judgement.verdict,
      judgement.case,
      Number.isNaN(judgement.figure) ? "–" : shown(judgement.figure),
      `${judgement.compare} ${judgement.written ?? judgement.limit} ${what}${judgement.stretch ? " (stretch)" : ""}`,
    ];
  });
  const missed = all.filter(({ verdict, stretch }) => verdict === "missed" && !stretch).length;
  const reached = all.filter(({ verdict, stretch }) => verdict === "reached" && !stretch).length;
  const open = all.filter(({ verdict, stretch }) => verdict === "not measured" && !stretch).length;
  const count = `${reached} targets reached, ${missed} missed, ${open} not measured`;
  return { text: ["targets", columns(rows, ["left", "left", "right", "left"]), count].join("\n"), missed };
}

export function machineReadable(results: Results, cases: readonly Case[], competitors: readonly Competitor[]): object {
  return {
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, kernel: release(), node: process.version, load: loadavg() },
    cases: Object.fromEntries(
      cases.map((item) => [
        item.name,
        {
          title: item.title,
          unit: item.unit,
          servers: Object.fromEntries(
            competitors.map(({ name }) => [name, { summary: results.summary(item, name), rounds: results.samples(item.name, name) }]),
          ),
        },
      ]),
    ),
    targets: judgements(results),
    gaps: results.gaps,
  };
}

function judgements(results: Results): readonly Judgement[] {
  return judge((name, against) =>
    against === undefined ? (results.summary({ name }, "edge")?.value ?? Number.NaN) : results.ratio({ name }, against),
  );
}

function row(item: Case, name: string, summary: Summary, ratio: number): readonly string[] {
  const { value, lowest, highest, throughput, p50, p99, rounds } = summary;
  return [
    name,
    value.toFixed(item.decimals),
    Number.isNaN(ratio) || name === "edge" ? "" : shown(ratio),
    rounds > 1 ? `${lowest.toFixed(item.decimals)}–${highest.toFixed(item.decimals)}` : "",
    throughput === undefined ? "" : throughput.toFixed(0),
    p50 === undefined ? "" : (p50 / 1_000).toFixed(2),
    p99 === undefined ? "" : (p99 / 1_000).toFixed(2),
  ];
}

/** Two or three digits that matter; a ratio below a hundredth as the fraction that it is. */
function shown(value: number): string {
  if (value > 0 && value < 0.01) return `1/${Math.round(1 / value)}`;
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}

function columns(rows: readonly (readonly string[])[], alignment: readonly ("left" | "right")[] = ["left"]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, at) => (alignment[at] === "left" ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join("\n");
}
