import { editPasses, passesPath } from "../../src/auth/pass/edit-passes.ts";
import { hashOfPass, newPass } from "../../src/auth/pass/pass-text.ts";
import type { PassRecord } from "../../src/auth/pass/passes-record.ts";

/** Writes a device pass into a state directory as the command does, alice's unless it is said otherwise; resolves to its text. */
export async function makePass(state: string, options: Partial<Omit<PassRecord, "id" | "hash">> = {}): Promise<string> {
  const { id, text } = newPass();
  const made: PassRecord = {
    id,
    name: `device-${id}`,
    user: "alice",
    hash: hashOfPass(text),
    created: Date.now(),
    expires: undefined,
    scopes: undefined,
    ...options,
  };
  await editPasses(passesPath(state), AbortSignal.timeout(60_000), (passes) => [...passes, made]);
  return text;
}

/** Revokes a pass as the command does. */
export async function revokePass(state: string, text: string): Promise<void> {
  await editPasses(passesPath(state), AbortSignal.timeout(60_000), (passes) => passes.filter(({ id }) => id !== idOf(text)));
}

/** The public id in a pass's text. */
export const idOf = (text: string): string => text.slice(4, 14);
