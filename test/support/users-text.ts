import { hash } from "bcryptjs";

const hashes = new Map<string, Promise<string>>();

/**
 * The lines of an htpasswd file. A password that was seen before keeps its hash, so that a rewritten file changes nothing.
 * @param cost bcrypt's; default 4, the lowest: most tests are not about bcrypt
 */
export async function usersText(users: Readonly<Record<string, string>>, cost = 4): Promise<string> {
  const lines = Object.entries(users).map(async ([name, password]) => {
    const key = `${cost}:${name}:${password}`;
    const known = hashes.get(key) ?? hash(password, cost);
    hashes.set(key, known);
    return `${name}:${await known}\n`;
  });
  return (await Promise.all(lines)).join("");
}
