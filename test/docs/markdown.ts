/** A Markdown page, as far as these tests look at it. */
export interface Markdown {
  readonly headings: readonly { readonly level: number; readonly text: string }[];
  readonly blocks: readonly { readonly language: string; readonly text: string }[];
  /** What stands outside of code blocks. */
  readonly prose: string;
}

export function readMarkdown(text: string): Markdown {
  const blocks: { language: string; text: string }[] = [];
  const prose = text.replaceAll(/^([ \t]*)```(\w*)\n([\s\S]*?)^[ \t]*```$/gm, (_, indent: string, language: string, code: string) => {
    blocks.push({ language, text: code.replaceAll(new RegExp(`^${indent}`, "gm"), "") });
    return "";
  });
  const headings = [...prose.matchAll(/^(#{1,6}) +(.*)$/gm)].map(([, marks = "", heading = ""]) => ({
    level: marks.length,
    text: heading.trim(),
  }));
  return { headings, blocks, prose };
}

/** Where links lead: `[text](target)`. */
export const linksOf = ({ prose }: Markdown): readonly string[] => [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);

/** The fragment that a heading gets on the web. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- ]/gu, "")
    .replaceAll(" ", "-");
