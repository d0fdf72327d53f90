import { onTestFinished } from "vitest";

import { Sessions, type EndReason } from "../../../src/auth/session/sessions.ts";
import type { SessionsOptions } from "../../../src/auth/session/sessions-options.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { bcrypt, temporaryDirectory, usersSource } from "../support.ts";

export const AGENT = { browser: "Firefox", system: "Linux" } as const;
export const HERE = { address: "192.0.2.1", agent: AGENT } as const;
export const DAY = 86_400_000;

const ALICE = bcrypt("correct horse");
const BOB = bcrypt("battery staple");

/**
 * Sessions in a directory of their own, with a clock that the test moves, as time passes (`now`) or as somebody sets it (`set`); `again`
 * opens the same directory as a restart would.
 */
export async function openSessions(options: Partial<SessionsOptions> = {}) {
  const directory = options.directory ?? temporaryDirectory();
  const users = usersSource({ alice: ALICE, bob: BOB });
  const log = recordingLog();
  let wrong = 0;
  const clock = {
    now: 1_800_000_000_000,
    set(by: number) {
      clock.now += by;
      wrong += by;
    },
  };
  const ended: { readonly id: string; readonly why: EndReason }[] = [];
  const open = async (): Promise<Sessions> => {
    const clocks = { now: () => clock.now, steady: () => clock.now - wrong };
    const sessions = await Sessions.open({ directory, users, idle: 7 * DAY, lifetime: 30 * DAY, log, ...clocks, ...options });
    sessions.onEnd((ids, why) => void ended.push(...[...ids].map((id) => ({ id, why }))));
    onTestFinished(() => sessions.close());
    return sessions;
  };
  return { sessions: await open(), directory, users, log, clock, ended, hashes: { alice: ALICE, bob: BOB }, again: open };
}

/** The secret of a new session. */
export function begin(
  sessions: Sessions,
  name = "alice",
  where = HERE as { readonly address: string; readonly agent: typeof AGENT },
): string {
  const begun = sessions.begin(name, where);
  if (begun === undefined) throw new Error(`There is no ${name}.`);
  return begun.secret;
}

/** The same, once its browser has come back with it. */
export function used(sessions: Sessions, name = "alice"): string {
  const secret = begin(sessions, name);
  sessions.find(secret, HERE.address);
  return secret;
}
