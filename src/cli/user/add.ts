/** `openclaw-edge user add`. */
import { setHash } from "../../auth/basic/edit-users.ts";
import type { ScopesRecord } from "../../auth/scopes-record.ts";
import { forgetPassesOf } from "../pass/files.ts";
import { newPassword, type PasswordSource } from "./new-password.ts";
import { editRecord, editUsers, namesAt, openPlace, recordAt, refusal, type Place } from "./place.ts";
import { say, sayWritten, scopesIn, shortScopes, warnOfRest } from "./say.ts";

export interface NewUser {
  readonly name: string;
  readonly password: PasswordSource;
  /** Undefined: the usual ones, and all of them for the first user. */
  readonly scopes: readonly string[] | undefined;
  readonly cost: number;
  readonly allowWeak: boolean;
  readonly domains: readonly string[];
}

/**
 * Scopes before the line that lets the user in, so that nobody comes in with more than he was given; only the first user's come after it,
 * because somebody alone becomes the owner anyhow when the edge starts. A kill at any moment leaves one of these states.
 */
export async function addUser(place: Place, { name, password, scopes, cost, allowWeak, domains }: NewUser): Promise<number> {
  const names = await namesAt(place);
  if (names.has(name)) throw refusal(alreadyThere(place, name));
  const record = await recordAt(place);
  const isFirst = names.size === 0 && record === undefined;
  if (isFirst && scopes !== undefined) {
    const mend = "Leave --scopes out, or add the owner first.";
    throw refusal({ where: "--scopes", what: `${name} is the first user, and so the owner, who has all scopes.`, mend });
  }
  const chosen = await newPassword(password, { name, domains, allowWeak });
  const { bcryptOf } = await import("../../auth/basic/bcrypt.ts");
  const hash = await bcryptOf(chosen, cost);

  await openPlace(place);
  await forgetPassesOf(place, name); // of an earlier user of that name
  let after = record;
  if (!isFirst) ({ after } = await editRecord(place, (now, isNew) => withScopes(isNew ? onlyOwner(names) : now, name, scopes)));
  const written = await editUsers(place, (content) => {
    const { content: more, lines } = setHash(content, name, hash);
    if (lines > 0) throw refusal(alreadyThere(place, name));
    return more;
  });
  if (isFirst) ({ after } = await editRecord(place, (now, isNew) => (isNew ? { ...now, owner: name } : now)));

  const isOwner = after?.owner === name;
  say(
    `${name} can sign in now, ${isOwner ? "is the owner, and has all scopes" : `with these scopes: ${shortScopes(scopesIn(after, name))}`}.`,
  );
  if (after !== undefined && after.owner === undefined) {
    say(`Nobody is the owner yet, with all scopes. To make somebody it:\n  openclaw-edge user scopes NAME --owner`);
  }
  sayWritten(place);
  say(`If the Gateway's gateway.auth.trustedProxy.allowUsers lists names, add ${name} there.`);
  warnOfRest(written);
  return 0;
}

/** As the edge's first start would have it: somebody alone is the owner, of several nobody. */
function onlyOwner(names: ReadonlySet<string>): ScopesRecord {
  const [only] = names.size === 1 ? names : [];
  return { owner: only, users: new Map() };
}

/** Also without `--scopes`: an earlier user of that name may have left some behind, or have been the owner. */
function withScopes({ owner, users }: ScopesRecord, name: string, scopes: readonly string[] | undefined): ScopesRecord {
  const next = new Map(users);
  if (scopes === undefined) next.delete(name);
  else next.set(name, scopes);
  return { owner: owner === name ? undefined : owner, users: next };
}

const alreadyThere = ({ users }: Place, name: string) => ({
  where: name,
  what: `There is such a user in ${users} already.`,
  mend: `Another password: openclaw-edge user passwd ${name}.`,
});
