import { isPrivateName } from "./private-names.ts";
import type { ServedName, TlsSource } from "./edge-config.ts";
import { mistake, type Mistake } from "./read.ts";

/**
 * Where the certificates come from: what the flags say, and the local CA by itself for private names alone.
 * A public name never falls back to it, since its visitors would learn to click a warning away.
 */
export function chooseTls(
  decoded: {
    readonly domains: readonly ServedName[];
    readonly cert: string | undefined;
    readonly key: string | undefined;
    readonly tls: "internal" | undefined;
  },
  written: { readonly cert: boolean; readonly key: boolean; readonly tls: boolean },
  report: (name: "domain" | "cert" | "key" | "tls", mistake: Mistake) => void,
): TlsSource | undefined {
  if (written.tls && (written.cert || written.key)) {
    report(
      "tls",
      mistake("A local CA and a certificate of your own exclude each other.", "Leave out --tls internal, or --cert and --key."),
    );
    return undefined;
  }
  if (written.cert && !written.key) report("cert", mistake("Its private key is missing.", "Add --key FILE."));
  if (written.key && !written.cert) report("key", mistake("Its certificate is missing.", "Add --cert FILE."));
  if (written.cert || written.key) {
    return decoded.cert === undefined || decoded.key === undefined
      ? undefined
      : { kind: "files", certificate: decoded.cert, key: decoded.key };
  }
  if (written.tls) return decoded.tls && { kind: "internal" };
  const visible = decoded.domains.filter((name) => !isPrivateName(name)).map((name) => name.value);
  if (visible.length === 0) return { kind: "internal" };
  const them = visible.length === 1 ? "is a public name and has" : "are public names and have";
  report(
    "domain",
    mistake(
      `${visible.join(", ")} ${them} no certificate. This version does not fetch certificates by itself; that comes later.`,
      "Bring one with --cert FILE --key FILE, or try it out with --tls internal (browsers warn).",
    ),
  );
  return undefined;
}
