/** The file of passes, as a command reads and changes it. */
import { asOwnerOf } from "../../state/as-owner.ts";
import { ConfigurationError } from "../../errors.ts";
import { editPasses, passesPath } from "../../auth/pass/edit-passes.ts";
import { readPassesFile } from "../../auth/pass/read-passes.ts";
import type { PassRecord } from "../../auth/pass/passes-record.ts";
import type { Place } from "../user/place.ts";

/** Milliseconds to wait for somebody who changes the same file. */
const PATIENCE = 30_000;

/** Every pass on record. @throws ConfigurationError where the file is not good */
export async function passesAt({ state }: Pick<Place, "state">): Promise<readonly PassRecord[]> {
  const path = passesPath(state);
  const read = await asOwnerOf(path, () => readPassesFile(path));
  if (read.kind === "bad") throw new ConfigurationError(read.problems);
  return read.passes;
}

/** Changes the file under its lock; answering the same array leaves it alone. */
export function changePasses(
  { state }: Pick<Place, "state">,
  change: (passes: readonly PassRecord[]) => readonly PassRecord[],
): ReturnType<typeof editPasses> {
  const path = passesPath(state);
  return asOwnerOf(path, () => editPasses(path, AbortSignal.timeout(PATIENCE), change));
}

/** Takes a user's passes away, where there are any: who gets the name later must not get them with it. */
export function forgetPassesOf(place: Pick<Place, "state">, name: string): ReturnType<typeof editPasses> {
  return changePasses(place, (passes) => (passes.some(({ user }) => user === name) ? passes.filter(({ user }) => user !== name) : passes));
}
