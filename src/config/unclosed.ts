import { mistake, type Mistake } from "./read.ts";

/**
 * Looks for the first string or comment that does not end: the first thing that goes wrong where a quote was lost, at its own place. The
 * parser lets a string run on over the end of its line, so that a lost quote swallows the lines behind it, and never comes back from one
 * that ends in a backslash at the end of the file.
 */
export function findUnclosed(text: string): { readonly offset: number; readonly mistake: Mistake } | undefined {
  for (let at = 0; at < text.length;) {
    const [character, next] = [text[at], text[at + 1]];
    const end =
      character === '"' || character === "'"
        ? stringEnd(text, at, character)
        : character === "/" && next === "/"
          ? lineEnd(text, at)
          : character === "/" && next === "*"
            ? commentEnd(text, at)
            : at + 1;
    if (typeof end !== "number") return { offset: at, mistake: end };
    at = end;
  }
  return undefined;
}

function stringEnd(text: string, start: number, quote: string): number | Mistake {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === quote) return at + 1;
    // JSON5 §5.2: a backslash before the line's end lets the string go on; U+2028 and U+2029 may stand in it as they are.
    if (character === "\\") at += text.startsWith("\r\n", at + 1) ? 2 : 1;
    else if (character === "\n" || character === "\r") break;
  }
  return mistake("The string does not end on its line.", "Put the closing quote where it belongs.");
}

function lineEnd(text: string, start: number): number {
  const end = /[\n\r\u2028\u2029]/g;
  end.lastIndex = start;
  return end.exec(text)?.index ?? text.length;
}

function commentEnd(text: string, start: number): number | Mistake {
  const end = text.indexOf("*/", start + 2);
  return end < 0 ? mistake("The comment does not end.", "Close it with */.") : end + 2;
}
