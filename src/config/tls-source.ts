import { acmeSettings, ACME_OPTIONS } from "./acme.ts";
import type { TlsSource } from "./edge-config.ts";
import type { ServedName } from "./served-name.ts";
import type { OptionReader } from "./option-reader.ts";
import type { OPTIONS } from "./options.ts";
import { isPrivateName } from "./private-names.ts";
import { mistake } from "./read.ts";

/**
 * Where the certificates come from: what the options say, and otherwise the local CA for private names and ACME for all others.
 * A public name never falls back to the local CA, since its visitors would learn to click a warning away.
 *
 * @param state the state directory; undefined where it could not be read
 */
export function chooseTls(
  options: OptionReader<typeof OPTIONS>,
  domains: readonly ServedName[],
  state: string | undefined,
): TlsSource | undefined {
  const [cert, key, tls] = [options.one("cert"), options.one("key"), options.one("tls")];
  const ownFiles = options.isWritten("cert") || options.isWritten("key");
  if (ownFiles && options.isWritten("tls")) {
    const what = tls === "acme" ? "Obtaining certificates" : "A local CA";
    options.report("tls", mistake(`${what} and a certificate of your own exclude each other.`, "Leave out --tls, or --cert and --key."));
    return undefined;
  }
  if (ownFiles) {
    if (!options.isWritten("key")) options.report("cert", mistake("Its private key is missing.", "Add --key FILE."));
    if (!options.isWritten("cert")) options.report("key", mistake("Its certificate is missing.", "Add --cert FILE."));
    refuseAcme(options, "the certificate is one of your own (--cert)");
    return cert === undefined || key === undefined ? undefined : { kind: "files", certificate: cert, key };
  }
  if (options.isWritten("tls") && tls === undefined) return undefined;
  if (tls === "internal") {
    refuseAcme(options, "the local CA makes every certificate (--tls internal)");
    return { kind: "internal" };
  }
  const [first, ...others] = tls === "acme" ? domains : domains.filter((name) => !isPrivateName(name));
  if (first !== undefined) return acmeSettings(options, [first, ...others], state);
  if (domains.length > 0) refuseAcme(options, "every name is private, so the local CA makes the certificate");
  return { kind: "internal" };
}

/** An option that would have no effect is a misunderstanding. */
function refuseAcme(options: OptionReader<typeof OPTIONS>, why: string): void {
  for (const name of ACME_OPTIONS) {
    if (!options.isWritten(name)) continue;
    const mend = "Leave it out, or write --tls acme if every name is to get its certificate from a CA.";
    options.report(name, mistake(`It has no effect: ${why}.`, mend));
  }
}
