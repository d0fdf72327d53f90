/** `openclaw-edge user scopes`. */
import { DEFAULT_SCOPES, scopesField } from "../../auth/scopes.ts";
import { nobody } from "./names.ts";
import { editRecord, openPlace, recordAt, refusal, usersAt, type Place } from "./place.ts";
import { say, scopesIn, shortScopes } from "./say.ts";
import { scopesOfWords } from "./scope-words.ts";

/** What a user may do. */
export async function showScopes(place: Place, name: string): Promise<number> {
  await demandUser(place, name);
  const record = await recordAt(place);
  say(`${name}${record?.owner === name ? " is the owner, and" : ""} has these scopes: ${shortScopes(scopesIn(record, name))}.`);
  return 0;
}

export async function changeScopes(place: Place, name: string, words: readonly string[]): Promise<number> {
  const scopes = scopesOfWords(words);
  await demandUser(place, name);
  await openPlace(place);
  const isUsual = scopesField(scopes) === scopesField(DEFAULT_SCOPES);
  await editRecord(place, (record) => {
    if (record.owner === name) {
      const mend = "Make somebody else the owner first: openclaw-edge user scopes NAME --owner.";
      throw refusal({ where: name, what: `${name} is the owner, who has all scopes.`, mend });
    }
    const users = new Map(record.users);
    if (isUsual) users.delete(name);
    else users.set(name, scopes);
    return { ...record, users };
  });
  say(
    `${name} has these scopes now: ${shortScopes(scopes)}. Where that is less than before, open WebSockets are closed and come back with less.`,
  );
  say(`Written: ${place.scopes}`);
  return 0;
}

export async function makeOwner(place: Place, name: string): Promise<number> {
  await demandUser(place, name);
  await openPlace(place);
  const { before } = await editRecord(place, (record) => {
    if (record.owner === name) return record;
    const users = new Map(record.users);
    users.delete(name);
    return { owner: name, users };
  });
  const former = before?.owner;
  if (former === name) say(`${name} is the owner already.`);
  else {
    say(`${name} is the owner now, with all scopes.${former === undefined ? "" : ` ${former} has the usual ones.`}`);
    say(`Written: ${place.scopes}`);
  }
  return 0;
}

async function demandUser(place: Place, name: string): Promise<void> {
  const { users, problems } = await usersAt(place);
  if (users.has(name)) return;
  throw refusal((users.size === 0 ? problems[0] : undefined) ?? nobody(name, users.keys(), place.users));
}
