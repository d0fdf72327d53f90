/** Adds up vitest's JSON reports of a folder: `node scripts/count-tests.ts FOLDER [FAILED_STEPS]`. Exits 1 when anything failed or nothing ran. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

const [folder = ".cache/reports", failedSteps = "0"] = process.argv.slice(2);
const reports = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name): Report => JSON.parse(readFileSync(join(folder, name), "utf8")));
const sum = (count: (report: Report) => number): number => reports.reduce((total, report) => total + count(report), 0);

const passed = sum(({ numPassedTests }) => numPassedTests);
// A step that failed without a failing test (a check, a suite that did not start) counts as one failure.
const failed = Math.max(
  sum(({ numFailedTests }) => numFailedTests),
  Number(failedSteps),
);
const skipped = sum(({ numPendingTests, numTodoTests }) => numPendingTests + numTodoTests);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
