import type { Problem } from "../errors.ts";
import { paint, wrap } from "./terminal.ts";

/** Every problem on standard error, each with its mend; answers the exit code of a configuration mistake. */
export function printProblems(problems: readonly Problem[], title: Title = { command: "serve" }): 2 {
  process.stderr.write(problemList(problems, title, (style, text) => paint(process.stderr, style, text)));
  return 2;
}

/** What the list is headed by. */
interface Title {
  /** Empty: none that there is. */
  readonly command: string;
  /** Default: that the edge can't start, or that the command did nothing. */
  readonly refusal?: string | undefined;
}

export function problemList(problems: readonly Problem[], { command, refusal }: Title, style: Style): string {
  const count = problems.length === 1 ? "one thing to mend" : `${problems.length} things to mend`;
  const usual = command === "serve" || command === "demo" ? "openclaw-edge can't start:" : `openclaw-edge ${command} did nothing:`;
  const more = command === "" ? "Every command: openclaw-edge --help" : `Every option with its default: openclaw-edge ${command} --help`;
  return `${style("red", refusal ?? usual)} ${count}\n\n${blocks(problems, style)}\n\n${more}\n`;
}

/** Problems under a line that says what they are, for standard error. */
export function problemText(title: string, problems: readonly Problem[]): string {
  const style: Style = (name, text) => paint(process.stderr, name, text);
  return `${style("red", title)}\n\n${blocks(problems, style)}\n`;
}

type Style = (style: "bold" | "red" | "green", text: string) => string;

function blocks(problems: readonly Problem[], style: Style): string {
  const texts = byLine(problems).map(({ where, what, mend }) => {
    const [first = "", ...rest] = wrap(plain(mend), "    ");
    const arrow = first.replace(/^ {4}/, `  ${style("green", "→")} `);
    return [`  ${style("bold", plain(where))}`, ...wrap(plain(what), "    "), arrow, ...rest].join("\n");
  });
  return texts.join("\n\n");
}

/** Nothing that somebody wrote, or named a file, moves the terminal's cursor. */
const plain = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, "?");

/** Those in files behind the others, by their line: whoever mends them goes through the file once. */
function byLine(problems: readonly Problem[]): readonly Problem[] {
  const line = ({ where }: Problem): number => Number(/:(\d+):\d+(?: |$)/.exec(where)?.[1] ?? 0);
  return problems.toSorted((one, other) => line(one) - line(other));
}
