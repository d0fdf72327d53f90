import { join } from "node:path";

import { createBasic } from "./auth/basic/basic.ts";
import { createPassMethod } from "./auth/pass/pass-method.ts";
import { createPasswords } from "./auth/passwords.ts";
import { createKnownDevices } from "./auth/throttle/known-device.ts";
import { openThrottleFile } from "./auth/throttle/throttle-file.ts";
import { createThrottle, type Throttle } from "./auth/throttle/throttle.ts";
import type { EdgeConfig } from "./config/edge-config.ts";
import type { Limits } from "./config/limits.ts";
import type { EdgeFiles } from "./edge-files.ts";
import type { Exchange } from "./exchange.ts";
import type { Log } from "./log/log.ts";
import { ownPasses } from "./sign-in/own-passes.ts";
import { createSignIn, type SignIn } from "./sign-in/sign-in.ts";

export interface FailedAttempt {
  readonly reason: string;
  /** The name that was tried. */
  readonly candidate?: string;
  readonly method?: string;
  /** The same wrong credential once more: told apart, because it is no guessing. */
  readonly repeated?: boolean;
}

export interface EdgeSignIn {
  readonly signIn: SignIn;
  failedSignIn(exchange: Exchange, attempt: FailedAttempt): void;
  readonly throttle: Throttle;
  close(): Promise<void>;
}

export interface EdgeSignInOptions {
  readonly config: Pick<EdgeConfig, "state" | "login">;
  readonly files: EdgeFiles;
  /** Looked at when it matters: a reload changes them. */
  readonly limits: Limits;
  /** Whether many clients come from an address. */
  readonly isShared: (address: string) => boolean;
  /** Whether a proxy of the operator's own stands at an address. */
  readonly isHop: ((address: string) => boolean) | undefined;
  readonly log: Log;
}

/** Everything that signing in takes: passwords behind their throttle, sessions, passes, and the pages. */
export async function openSignIn({ config, files, limits, isShared, isHop, log }: EdgeSignInOptions): Promise<EdgeSignIn> {
  const { users, sessions, passes, signInKey } = files;
  const devices = createKnownDevices(signInKey);
  const throttle = createThrottle({ free: limits.failedSignIns, secret: signInKey, log });
  const throttleFile = await openThrottleFile(join(config.state, "throttle.json"), throttle, log);
  const passwords = createPasswords({ users, devices, throttle, isShared, limits, log });
  const basic = createBasic({ users, passwords, isHop });

  function failedSignIn({ id, client }: Exchange, { reason, candidate, method = basic.method, repeated }: FailedAttempt): void {
    // A name that does not exist may be a password in the wrong field: it is not written out.
    const user = candidate !== undefined && users.users.has(candidate) ? candidate : undefined;
    log.failedSignIn({ id, client: client.address, method, reason: repeated === true ? "repeated" : reason, user });
  }

  const pass = createPassMethod(passes);
  return {
    signIn: createSignIn({ login: config.login, sessions, pass, basic, passwords, devices, passes: ownPasses(passes), failedSignIn, log }),
    failedSignIn,
    throttle,
    async close() {
      await passwords.close();
      await throttleFile.close();
    },
  };
}
