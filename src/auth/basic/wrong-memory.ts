/**
 * Credentials that bcrypt has found wrong. A device with an old saved password sends it again and again: that is no guessing, tells nobody
 * anything, and need not cost another check. Of the credentials only the verified cache's keyed hash is kept, which is of one client prefix.
 */
export interface WrongMemory {
  /** Whether the credentials of this key are known to be wrong for just this hash: a new password may make them right. */
  has(key: string, hash: string): boolean;
  add(key: string, hash: string): void;
}

/** @param capacity entries, about 200 octets each; the one that was not tried for longest makes room. Default 4,096. */
export function createWrongMemory(capacity = 4_096): WrongMemory {
  const entries = new Map<string, string>();

  function add(key: string, hash: string): void {
    entries.delete(key);
    entries.set(key, hash);
    if (entries.size <= capacity) return;
    for (const oldest of entries.keys()) {
      entries.delete(oldest);
      break;
    }
  }

  return {
    add,
    has(key, hash) {
      if (entries.get(key) !== hash) return false;
      add(key, hash); // now the youngest
      return true;
    },
  };
}
