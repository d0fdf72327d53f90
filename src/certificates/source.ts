/** Where certificates come from: a pair of files, the local CA, or CAs that are asked by ACME. */
import type { EdgeConfig } from "../config/edge-config.ts";
import type { ServedName } from "../config/served-name.ts";
import { ConfigurationError, type Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { loadCertificateFiles } from "./certificate-files.ts";
import { expiryNotice, issuerOf } from "./certificate-checks.ts";
import { watchFiles, type FileWatchTiming } from "./file-watch.ts";
import { openLocalCertificate } from "./local-ca.ts";
import type { CertificateStatus } from "./status.ts";

/** A certificate ready to be served. */
export interface Served {
  /** PEM chain, leaf first. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  /** Who signed it, as it says. */
  readonly issuer: string;
  readonly expires: Date;
  /** From when on the operator should hear that it expires; undefined: it is renewed by the edge itself. */
  readonly noticeFrom: Date | undefined;
  /** One line: what it is. */
  readonly description: string;
  /** Path of the CA that people have to trust, when it is the edge's own. */
  readonly authority: string | undefined;
}

export type Offer =
  | { readonly kind: "served"; readonly served: Served; readonly warnings: readonly Problem[] }
  /** Not yet: it is being obtained. */
  | { readonly kind: "absent"; readonly description: string }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

export interface CertificateSource {
  /** What its certificate is for. */
  readonly names: readonly ServedName[];
  readonly kind: CertificateStatus["source"];
  /** What it has at this moment. Bad files are a result, never thrown. */
  offer(): Promise<Offer>;
  /** Calls back when `offer` may have something new, until it is disposed of. */
  watch(changed: () => void): Disposable;
}

export interface SourceTiming extends FileWatchTiming {
  /** Milliseconds between two looks whether the local certificate is due. Default 3,600,000: it has a month of slack. */
  readonly renewal: number;
}

/** The operator's own files, for all names. */
export function fileSource(
  files: { readonly certificate: string; readonly key: string },
  domains: EdgeConfig["domains"],
  timing: SourceTiming,
): CertificateSource {
  return {
    names: domains,
    kind: "files",
    async offer() {
      const loaded = await loadCertificateFiles(files, domains);
      if (loaded.kind === "refused") return loaded;
      const { chain, certificate, key, expires } = loaded.material;
      const served: Served = {
        certificate,
        key,
        issuer: issuerOf(chain[0]),
        expires,
        noticeFrom: new Date(expires.getTime() - expiryNotice(chain[0])),
        description: `${files.certificate}, expires ${expires.toISOString().slice(0, 10)}`,
        authority: undefined,
      };
      return { kind: "served", served, warnings: loaded.warnings };
    },
    watch: (changed) => watchFiles([files.certificate, files.key], changed, timing),
  };
}

/** The local CA. */
export function localSource(state: string, names: readonly ServedName[], log: Log, timing: SourceTiming): CertificateSource {
  return {
    names,
    kind: "internal",
    async offer() {
      try {
        const { certificate, key, expires, authority } = await openLocalCertificate(state, names, log);
        const description = `a local CA (${authority})`;
        const served: Served = { certificate, key, issuer: "local CA", expires, noticeFrom: undefined, description, authority };
        return { kind: "served", served, warnings: [] };
      } catch (cause) {
        return { kind: "refused", problems: cause instanceof ConfigurationError ? cause.problems : [unusableState(state, cause)] };
      }
    },
    watch(changed) {
      const timer = setInterval(changed, timing.renewal).unref();
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  };
}

/** What a failure of the file system in the state directory means to the operator. */
export function unusableState(state: string, cause: unknown): Problem {
  const what = `The edge can't keep its files there: ${cause instanceof Error ? cause.message : String(cause)}.`;
  return { where: `--state ${state}`, what, mend: "Check the directory, its owner and the space left." };
}
