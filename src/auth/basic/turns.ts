/** A bounded queue whose turns go round by key: whoever queues much waits for himself. */
export interface Turns<Item> {
  readonly length: number;
  /** How many wait under this key. */
  count(key: string): number;
  add(key: string, item: Item): void;
  remove(key: string, item: Item): void;
  /** Takes the first of the key whose turn it is. */
  take(): Item | undefined;
  /** This key has had its turn, and is the last now. */
  served(key: string): void;
  all(): readonly Item[];
}

export function createTurns<Item>(): Turns<Item> {
  /** The map's order is whose turn it is. */
  const lines = new Map<string, Item[]>();
  let length = 0;

  function remove(key: string, item: Item): void {
    const line = lines.get(key) ?? [];
    const rest = line.filter((other) => other !== item);
    if (rest.length > 0) lines.set(key, rest);
    else lines.delete(key);
    length -= line.length - rest.length;
  }

  return {
    get length() {
      return length;
    },
    count: (key) => lines.get(key)?.length ?? 0,
    add(key, item) {
      const line = lines.get(key);
      if (line === undefined) lines.set(key, [item]);
      else line.push(item);
      length += 1;
    },
    remove,
    take() {
      for (const [key, line] of lines) {
        const item = line[0];
        if (item !== undefined) remove(key, item);
        return item;
      }
      return undefined;
    },
    served(key) {
      const line = lines.get(key);
      if (line === undefined) return;
      lines.delete(key);
      lines.set(key, line);
    },
    all: () => [...lines.values()].flat(),
  };
}
