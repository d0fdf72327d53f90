/** `openclaw-edge user passwd`. */
import { namesIn, setHash } from "../../auth/basic/edit-users.ts";
import { nobody } from "./names.ts";
import { newPassword, type PasswordSource } from "./new-password.ts";
import { editUsers, forgetInitial, namesAt, openPlace, refusal, usersAt, type Place } from "./place.ts";
import { say, sayWritten, warnOfRest } from "./say.ts";

export interface NewPasswordOf {
  readonly name: string;
  readonly password: PasswordSource;
  readonly cost: number;
  readonly allowWeak: boolean;
  readonly domains: readonly string[];
}

export async function changePassword(place: Place, { name, password, cost, allowWeak, domains }: NewPasswordOf): Promise<number> {
  // Before anybody is asked for a password in vain. The line may hold anything: setting the password anew is how that is mended.
  const names = await namesAt(place);
  if (!names.has(name)) throw refusal(nobody(name, names, place.users));
  await openPlace(place);
  const former = (await usersAt(place)).users.get(name);
  const chosen = await newPassword(password, { name, domains, allowWeak });
  const { bcryptOf } = await import("../../auth/basic/bcrypt.ts");
  const hash = await bcryptOf(chosen, cost);
  const written = await editUsers(place, (content) => {
    const { content: changed, lines } = setHash(content, name, hash);
    if (lines === 0) throw refusal(nobody(name, namesIn(content), place.users));
    return changed;
  });
  await forgetInitial(place, former);
  say(`${name} has a new password. Whoever was signed in with the old one is signed out; device passes stay.`);
  sayWritten(place);
  warnOfRest(written);
  return 0;
}
