import { readUsers } from "./auth/basic/read-users.ts";
import { UsersFile } from "./auth/basic/users-file.ts";
import { loadCertificateFiles } from "./certificates/certificate-files.ts";
import { openCertificates, type Certificates } from "./certificates/manager.ts";
import type { NamedFiles } from "./config/decode.ts";
import type { EdgeConfig } from "./config/edge-config.ts";
import { ConfigurationError, type Problem } from "./errors.ts";
import type { Log } from "./log/log.ts";

/** Opens what the configuration names; the mistakes of all files together. */
export async function openFiles(config: EdgeConfig, log: Log): Promise<{ readonly users: UsersFile; readonly certificates: Certificates }> {
  const [users, certificates] = await Promise.allSettled([UsersFile.open(config.htpasswd, log), openCertificates(config, log)]);
  if (users.status === "fulfilled" && certificates.status === "fulfilled") return { users: users.value, certificates: certificates.value };
  if (users.status === "fulfilled") users.value.close();
  if (certificates.status === "fulfilled") certificates.value.close();
  const failures = [users, certificates].filter((settled) => settled.status === "rejected").map(({ reason }): unknown => reason);
  const unexpected = failures.find((failure) => !(failure instanceof ConfigurationError));
  if (unexpected !== undefined) throw unexpected;
  throw new ConfigurationError(failures.flatMap((failure) => (failure as ConfigurationError).problems));
}

/** What is wrong with files that were named beside mistakes in other flags: so that all of it is told at once. Opens and changes nothing. */
export async function problemsOfFiles({ domains, htpasswd, tls }: NamedFiles): Promise<readonly Problem[]> {
  const users = htpasswd === undefined ? [] : (await readUsers(htpasswd)).problems;
  if (tls?.kind !== "files") return users;
  const certificate = await loadCertificateFiles(tls, domains);
  return certificate.kind === "refused" ? [...users, ...certificate.problems] : users;
}
