/** How often percent-encoding is undone before a path counts as a disguise. */
const MOST_DECODINGS = 4;

/** Undoes percent-encoding until nothing is left of it; undefined: it is nested deeper than anybody does in good faith. */
export function percentDecoded(path: string): string | undefined {
  let text = path;
  for (let round = 0; round <= MOST_DECODINGS; round++) {
    const next = text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
    if (next === text) return text;
    text = next;
  }
  return undefined;
}
