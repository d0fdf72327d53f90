/** `openclaw-edge pass revoke`. */
import { readPass } from "../../auth/pass/pass-text.ts";
import { isThere, openPlace, refusal, type Place } from "../user/place.ts";
import { paint } from "../terminal.ts";
import { say } from "../user/say.ts";
import { changePasses } from "./files.ts";
import { noPass } from "./options.ts";
import type { PassRecord } from "../../auth/pass/passes-record.ts";

/** @param word a pass's id, its name, or the whole pass, as it was found somewhere */
export async function revokePass(place: Place, word: string, user: string | undefined): Promise<number> {
  const id = readPass(word)?.id ?? word;
  // Nothing is made where there can be nothing to revoke.
  if (!(await isThere(place.state))) throw refusal(noPass(id, []));
  await openPlace(place);
  let revoked: PassRecord | undefined;
  await changePasses(place, (passes) => {
    const theirs = passes.filter((pass) => user === undefined || pass.user === user);
    const found = theirs.filter((pass) => pass.id === id);
    const meant = found.length > 0 ? found : theirs.filter((pass) => pass.name === word);
    const [first, ...others] = meant;
    if (first === undefined)
      throw refusal(
        noPass(
          id,
          theirs.flatMap(({ name }) => [name]),
        ),
      );
    if (others.length > 0) {
      const owners = meant.map((pass) => pass.user).join(", ");
      throw refusal({ where: word, what: `Several users have a pass of that name: ${owners}.`, mend: `Say whose: --user ${first.user}` });
    }
    revoked = first;
    return passes.filter((pass) => pass !== first);
  });
  say(`${revoked?.user}'s pass ${revoked?.name} (${revoked?.id}) is revoked. A running edge closes what it has open within a second.`);
  say(paint(process.stdout, "dim", `Written: ${place.state}/passes.json`));
  return 0;
}
