/** `openclaw-edge user check`. */
import { LONGEST_PASSWORD } from "../../auth/basic/credentials.ts";
import { nobody } from "./names.ts";
import { givenPassword, type PasswordSource } from "./new-password.ts";
import { refusal, usersAt, type Place } from "./place.ts";

/** Exit code 0: it is the user's password; 1: it is not. */
export async function checkPassword(place: Place, name: string, source: PasswordSource): Promise<number> {
  const { users, problems } = await usersAt(place);
  const entry = users.get(name);
  if (entry === undefined) {
    const own = problems.find(({ what }) => what.includes(`"${name}"`)) ?? (users.size === 0 ? problems[0] : undefined);
    throw refusal(own ?? nobody(name, users.keys(), place.users));
  }
  const password = await givenPassword(source, name);
  const { isPassword } = await import("../../auth/basic/bcrypt.ts");
  // What bcrypt would cut off is never ignored, as at the door.
  const isRight = Buffer.byteLength(password) <= LONGEST_PASSWORD && isPassword(password, entry.hash);
  process.stdout.write(isRight ? `Yes, that is the password of ${name}.\n` : `No, that is not the password of ${name}.\n`);
  return isRight ? 0 : 1;
}
