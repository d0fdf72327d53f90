/** `openclaw-edge user remove`. */
import { namesIn, withoutUser } from "../../auth/basic/edit-users.ts";
import { forgetPassesOf, passesAt } from "../pass/files.ts";
import { nobody } from "./names.ts";
import { sayDevices } from "./devices.ts";
import { editRecord, editUsers, forgetInitial, isThere, namesAt, openPlace, recordAt, refusal, usersAt, type Place } from "./place.ts";
import { say, sayWritten, warnOfRest } from "./say.ts";
import { sessionsIn } from "./sessions.ts";

/** The line first, which is the right to be here; then what belonged to it. Whoever was killed in between runs it again. */
export async function removeUser(place: Place, name: string): Promise<number> {
  const record = await recordAt(place);
  if (record?.owner === name) {
    const mend = "Make somebody else the owner first: openclaw-edge user scopes NAME --owner.";
    throw refusal({ where: name, what: `${name} is the owner.`, mend });
  }
  // Nothing is made for somebody who is not there.
  if (!(await isThere(place.state))) {
    const names = await namesAt(place);
    if (!names.has(name)) throw refusal(nobody(name, names, place.users));
  }
  await openPlace(place);
  const sessions = (await sessionsIn(place.state)) ?? [];
  const addresses = new Set(sessions.filter((session) => session.name === name).map(({ address }) => address));
  const former = (await usersAt(place)).users.get(name);
  const isLeft = record?.users.has(name) === true || (await passesAt(place)).some(({ user }) => user === name);
  let removed = 0;
  const written = await editUsers(place, (content) => {
    const { content: rest, lines } = withoutUser(content, name);
    removed = lines;
    if (lines === 0 && !isLeft) throw refusal(nobody(name, namesIn(content), place.users));
    if (lines > 0 && namesIn(rest).size === 0) {
      const what = `${name} is the only user, and the edge does not go without: it would keep ${name} until there is another.`;
      throw refusal({ where: name, what, mend: "Add another user first, or stop the edge." });
    }
    return rest;
  });
  await forgetInitial(place, former);
  await editRecord(place, (now) => {
    if (!now.users.has(name)) return now;
    const users = new Map(now.users);
    users.delete(name);
    return { ...now, users };
  });
  await forgetPassesOf(place, name);
  if (removed === 0) {
    say(`${name} was no user any more; what was left of ${name} is gone now.`);
    return 0;
  }
  say(`${name} is removed. A running edge closes what ${name} has open within a second.`);
  sayWritten(place);
  warnOfRest(written);
  await sayDevices(name, addresses);
  return 0;
}
