/** `openclaw-edge pass create`. */
import { hashOfPass, newPass } from "../../auth/pass/pass-text.ts";
import { MOST_PASSES, type PassRecord } from "../../auth/pass/passes-record.ts";
import { nobody } from "../user/names.ts";
import { openPlace, recordAt, refusal, usersAt, type Place } from "../user/place.ts";
import { say, scopesIn, shortScopes } from "../user/say.ts";
import { intersection } from "../../auth/scopes.ts";
import { paint } from "../terminal.ts";
import { changePasses } from "./files.ts";
import { publicJson } from "./list.ts";
import { snippets } from "./snippets.ts";

export interface Wanted {
  readonly user: string;
  readonly name: string;
  /** Milliseconds from now; undefined: it does not expire. */
  readonly lifetime: number | undefined;
  /** Undefined: whatever its user may do. */
  readonly scopes: readonly string[] | undefined;
  /** Where the edge is reached: `https://ai.example.com`, without a slash at the end. */
  readonly origin: string;
  readonly json: boolean;
}

/** Milliseconds for which an expired pass stays on record, so that `pass list` can tell why a device is out. */
const REMEMBERED = 30 * 86_400_000;

export async function createPass(place: Place, wanted: Wanted): Promise<number> {
  const { user, name, scopes } = wanted;
  const { users, problems } = await usersAt(place);
  if (!users.has(user)) throw refusal((users.size === 0 ? problems[0] : undefined) ?? nobody(user, users.keys(), place.users));
  await openPlace(place);
  const created = Date.now();
  const expires = wanted.lifetime === undefined ? undefined : created + wanted.lifetime;
  let made: { readonly record: PassRecord; readonly text: string } | undefined;
  await changePasses(place, (passes) => {
    const kept = passes.filter((pass) => (pass.expires ?? Infinity) > created - REMEMBERED);
    const namesake = kept.find((pass) => pass.user === user && pass.name === name);
    if (namesake !== undefined) {
      const isOver = (namesake.expires ?? Infinity) <= created;
      const what = `${user} has a pass of that name already${isOver ? ", which has expired" : ""}.`;
      throw refusal({
        where: `--name ${name}`,
        what,
        mend: `Take another name, or revoke it first: openclaw-edge pass revoke ${namesake.id}`,
      });
    }
    if (kept.length >= MOST_PASSES) {
      throw refusal({
        where: place.state,
        what: `There are ${kept.length} passes; there can be no more.`,
        mend: "Revoke some: openclaw-edge pass list",
      });
    }
    const { id, text } = unusedPass(kept);
    made = { text, record: { id, name, user, hash: hashOfPass(text), created, expires, scopes } };
    return [...kept, made.record];
  });
  if (made === undefined) throw new Error("No pass was made.");
  const { record, text } = made;
  if (wanted.json) {
    process.stdout.write(`${JSON.stringify({ ...publicJson(record), pass: text, url: wanted.origin, state: place.state }, null, 2)}\n`);
    return 0;
  }
  const ofUser = scopesIn(await recordAt(place), user);
  say(`A pass for ${user}'s ${name}. It is shown this once; the edge keeps no more than its hash:`);
  process.stdout.write(`\n  ${paint(process.stdout, "bold", text)}\n\n`);
  say(
    `It ${expires === undefined ? "lasts until it is revoked" : `expires on ${new Date(expires).toISOString().slice(0, 10)}`}, and may do: ${shortScopes(scopes === undefined ? ofUser : intersection(ofUser, scopes))}.`,
  );
  say(`Take it back at any time, and what it has open is closed within a second:`);
  process.stdout.write(`  openclaw-edge pass revoke ${name}\n\n${snippets(record.id, text, wanted.origin)}\n`);
  say(paint(process.stdout, "dim", `Written: ${place.state}/passes.json`));
  return 0;
}

/** Ids are random, and there are 10^15 of them; two alike would be one pass too few. */
function unusedPass(passes: readonly PassRecord[]): ReturnType<typeof newPass> {
  for (;;) {
    const pass = newPass();
    if (!passes.some(({ id }) => id === pass.id)) return pass;
  }
}
