import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeAuthority, makeCertificate } from "../../support/certificates.ts";
import { DOMAIN, USERS } from "../../support/edge.ts";
import { usersText } from "../../support/users-text.ts";

/** What an edge needs on the disk, in a directory of its own. */
export interface EdgeDirectory {
  readonly htpasswd: string;
  readonly state: string;
  /** PEM of the authority that clients have to trust. */
  readonly ca: string;
  /** The flags that name all of it, with the domain. */
  readonly flags: readonly string[];
  remove(): Promise<void>;
}

/** @param cost bcrypt's */
export async function edgeDirectory(users: Readonly<Record<string, string>> = USERS, cost = 4): Promise<EdgeDirectory> {
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-hostile-"));
  await chmod(directory, 0o700);
  const [certificate, keyFile, htpasswd, state] = ["fullchain.pem", "privkey.pem", "users", "state"].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  const issuer = await makeAuthority();
  const { chain, key } = await makeCertificate({ names: [DOMAIN], issuer });
  await mkdir(state, { mode: 0o700 });
  await writeFile(certificate, chain);
  await writeFile(keyFile, key, { mode: 0o600 });
  await writeFile(htpasswd, await usersText(users, cost), { mode: 0o600 });
  return {
    htpasswd,
    state,
    ca: issuer.root,
    flags: ["--domain", DOMAIN, "--htpasswd", htpasswd, "--cert", certificate, "--key", keyFile, "--state", state],
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
