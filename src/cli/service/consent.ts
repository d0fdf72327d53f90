import { terminal } from "../ask.ts";
import { paint } from "../terminal.ts";

export interface Consent {
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/** Shows what will be done, and asks. Answers whether to do it; otherwise the exit code. */
export async function consentTo(lines: readonly string[], { yes, dryRun }: Consent): Promise<true | number> {
  process.stdout.write(`${lines.join("\n")}\n`);
  if (dryRun) {
    process.stdout.write("\nNothing was done (--dry-run).\n");
    return 0;
  }
  if (yes) return true;
  const person = terminal();
  if (person === undefined) {
    process.stderr.write("\nNothing was done: there is nobody to ask here. Add --yes to go on without a question.\n");
    return 2;
  }
  const answer = await person.ask(paint(process.stderr, "bold", "\nGo on? [y/N] "));
  if (/^y(?:es)?$/i.test(answer.trim())) return true;
  process.stdout.write("Nothing was done.\n");
  return 0;
}
