/** Takes parts of a failing text away for as long as it still fails: a simple delta debugging. At most a few thousand tries. */
export async function shrink(text: string, fails: (text: string) => boolean | Promise<boolean>): Promise<string> {
  let smallest = text;
  let tries = 3_000;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < smallest.length && tries > 0;) {
      const candidate = smallest.slice(0, start) + smallest.slice(start + size);
      tries--;
      if (await fails(candidate)) smallest = candidate;
      else start += size;
    }
  }
  return smallest;
}
