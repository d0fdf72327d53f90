import { stripVTControlCharacters, styleText } from "node:util";

type Style = "bold" | "dim" | "red" | "green" | "cyan" | "yellow";

/** Columns of a terminal that everybody has. */
export const WIDTH = 80;

/** Colours on a terminal only, and never with NO_COLOR. */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  return styleText(style, text, { stream });
}

/** Lines of at most 80 columns behind an indent. A line that begins with a space is a command: it stays whole, to be copied. */
export function wrap(text: string, indent: string): readonly string[] {
  return text.split("\n").flatMap((line) => (line.startsWith(" ") ? [indent + line] : wrapLine(line, indent)));
}

function wrapLine(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line !== indent && columns(line) + 1 + columns(word) > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** Colours take none. */
const columns = (text: string): number => stripVTControlCharacters(text).length;
