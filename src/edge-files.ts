import { join } from "node:path";

import { readUsers } from "./auth/basic/read-users.ts";
import { UsersFile } from "./auth/basic/users-file.ts";
import { ensureScopes } from "./auth/edit-scopes.ts";
import { ScopesFile, scopesPath } from "./auth/scopes-file.ts";
import { Passes } from "./auth/pass/passes.ts";
import { Sessions } from "./auth/session/sessions.ts";
import { loadCertificateFiles } from "./certificates/certificate-files.ts";
import { openCertificates, type Certificates } from "./certificates/manager.ts";
import type { NamedFiles } from "./config/decode.ts";
import type { EdgeConfig } from "./config/edge-config.ts";
import { ConfigurationError, type Problem } from "./errors.ts";
import type { Log } from "./log/log.ts";
import { ensureDirectory } from "./state/atomic-file.ts";
import { openSecret } from "./state/secret-file.ts";

export interface EdgeFiles {
  readonly users: UsersFile;
  readonly scopes: ScopesFile;
  readonly certificates: Certificates;
  /** The state directory's key for everything that sign-in has to recognise later. */
  readonly signInKey: Uint8Array;
  readonly sessions: Sessions;
  readonly passes: Passes;
}

/** Milliseconds that a command may hold the record of scopes while the edge starts. */
const PATIENCE = 30_000;

/** Opens what the configuration names; the mistakes of all files together. */
export async function openFiles(config: EdgeConfig, log: Log): Promise<EdgeFiles> {
  const opening = [openUsers(config, log), openCertificates(config, log), openSignInKey(config.state, log)] as const;
  const [users, certificates, signInKey] = await Promise.allSettled(opening);
  if (users.status === "fulfilled" && certificates.status === "fulfilled" && signInKey.status === "fulfilled") {
    return { ...users.value, certificates: certificates.value, signInKey: signInKey.value };
  }
  if (users.status === "fulfilled") {
    users.value.users.close();
    users.value.scopes.close();
    await users.value.sessions.close();
    await users.value.passes.close();
  }
  if (certificates.status === "fulfilled") await certificates.value.close();
  const failures = [users, certificates, signInKey].filter((settled) => settled.status === "rejected").map(({ reason }): unknown => reason);
  const unexpected = failures.find((failure) => !(failure instanceof ConfigurationError));
  if (unexpected !== undefined) throw unexpected;
  // The same mistake of the state directory may have been found more than once.
  const problems = new Map(
    failures.flatMap((failure) => (failure as ConfigurationError).problems.map((problem) => [`${problem.where} ${problem.what}`, problem])),
  );
  throw new ConfigurationError([...problems.values()]);
}

async function openSignInKey(state: string, log: Log): Promise<Uint8Array> {
  const path = join(state, "sign-in-key");
  const { key, replaced } = await openSecret(path);
  if (replaced === "damaged") log.warn("The key for known devices was damaged and is replaced; they are strangers again.", { path });
  if (replaced === "exposed")
    log.warn("Others could read the key for known devices; it is replaced, and they are strangers again.", { path });
  return key;
}

/** The users, their sessions, and what each of them may do; on the first start with them this records who is the owner. */
async function openUsers(config: EdgeConfig, log: Log): Promise<Pick<EdgeFiles, "users" | "scopes" | "sessions" | "passes">> {
  const users = await UsersFile.open(config.htpasswd, log);
  let scopes: ScopesFile | undefined;
  let passes: Passes | undefined;
  try {
    await ensureDirectory(config.state);
    const path = scopesPath(config.state);
    await ensureScopes(path, users.users, { log, signal: AbortSignal.timeout(PATIENCE) });
    scopes = await ScopesFile.open(path, users, log);
    passes = await Passes.open({ state: config.state, users, log });
    return { users, scopes, passes, sessions: await Sessions.open({ directory: config.state, users, ...config.sessions, log }) };
  } catch (error) {
    users.close();
    scopes?.close();
    await passes?.close();
    throw error;
  }
}

/** What is wrong with files that were named beside mistakes in other flags: so that all of it is told at once. Opens and changes nothing. */
export async function problemsOfFiles({ domains, htpasswd, tls }: NamedFiles): Promise<readonly Problem[]> {
  const users = htpasswd === undefined ? [] : (await readUsers(htpasswd)).problems;
  if (tls?.kind !== "files") return users;
  const certificate = await loadCertificateFiles(tls, domains);
  return certificate.kind === "refused" ? [...users, ...certificate.problems] : users;
}
