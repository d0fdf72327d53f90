/** bcryptjs, in one place. Nothing but the password thread and commands call this: a hash takes a quarter of a second. */
import { compareSync, hash } from "bcryptjs";

/** One after the other, on the thread that asks. */
export const isPassword = (password: string, bcrypt: string): boolean => compareSync(password, bcrypt);

/**
 * A users file's hash, in the form that Apache, nginx and Caddy read: `$2y$`. (Its letter says that the program which made it has none of
 * the mistakes of 2011; Apache takes no `$2b$`.)
 *
 * @param cost the binary logarithm of the rounds
 */
export async function bcryptOf(password: string, cost: number): Promise<string> {
  return (await hash(password, cost)).replace(/^\$2[aby]\$/, "$2y$");
}
