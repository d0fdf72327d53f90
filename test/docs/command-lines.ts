import type { Markdown } from "./markdown.ts";

/** Every `openclaw-edge …` (or `npm start -- …`, its like in a clone) in a page's shell code, as the words behind its name. */
export function commandLines({ blocks }: Markdown): readonly string[][] {
  return blocks
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, " ").split("\n"))
    .flatMap((line) => simpleCommands(line))
    .flatMap((words) => {
      if (words.slice(0, 3).join(" ") === "npm start --") return [words.slice(3)];
      const at = words.findIndex((word, index) => /^openclaw-edge(?:@\w+)?$/.test(word) && words.slice(0, index).every(mayPrecede));
      return at < 0 ? [] : [words.slice(at + 1)];
    });
}

/** Words that may stand before the command itself: whoever runs it. */
const mayPrecede = (word: string): boolean => /^(?:sudo|env|npx|docker|compose|exec|run|edge|-.*|\w+=.*|\.\/.*\.tgz)$/.test(word);

/** The simple commands of a line, each as its words; comments, redirections and quotes taken off. */
function simpleCommands(line: string): readonly string[][] {
  const commands: string[][] = [[]];
  for (const [token] of line.matchAll(/&&|\|\||[|;&()]|#.*$|\d?[<>]+&?\s*[^\s|;&()]*|(?:"[^"]*"|'[^']*'|[^\s"'|&;<>()])+/g)) {
    if (token.startsWith("#")) break;
    if (/^\d?[<>]/.test(token)) continue;
    if (/^(?:&&|\|\||[|;&()])$/.test(token)) commands.push([]);
    else commands.at(-1)?.push(token.replaceAll(/["']/g, ""));
  }
  return commands;
}
