/** Whole configurations from the little that a test is about. */
import type { AcmeServer, AcmeSettings } from "../../src/config/acme-settings.ts";
import type { EdgeConfig } from "../../src/config/edge-config.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "../../src/config/limits.ts";

type Needed<Whole, Key extends keyof Whole> = Pick<Whole, Key> & Partial<Omit<Whole, Key>>;

/** On free ports of 127.0.0.1; what is not given is as the program's own defaults have it, but for HSTS, which is off. */
export function wholeConfig(given: Needed<EdgeConfig, "domains" | "upstream" | "htpasswd" | "tls" | "state">): EdgeConfig {
  return {
    routes: [],
    expose: [],
    hosts: ["127.0.0.1"],
    httpsPort: 0,
    httpPort: 0,
    metrics: undefined,
    trustedHops: [],
    proxyProtocol: [],
    login: "page",
    sessions: { idle: 7 * 86_400_000, lifetime: 30 * 86_400_000 },
    userHeader: "x-forwarded-user",
    hsts: 0,
    timeouts: DEFAULT_TIMEOUTS,
    limits: DEFAULT_LIMITS,
    ...given,
  };
}

/** Asks a CA that nobody answers for, unless another one is given. */
export function wholeAcmeSettings(given: Needed<AcmeSettings, "names" | "certificates">): AcmeSettings {
  return {
    servers: [SILENT_CA],
    email: undefined,
    profile: undefined,
    challenges: ["http-01", "tls-alpn-01"],
    notify: undefined,
    validation: { http: 80, https: 443 },
    ...given,
  };
}

/** A CA without an account of its own; its name is the host of its directory. */
export function acmeServer(directory: string, more: Partial<AcmeServer> = {}): AcmeServer {
  return { name: new URL(directory).host, directory, staging: undefined, caFile: undefined, externalAccount: undefined, ...more };
}

/** Port 9 of this machine: nobody listens there. */
export const SILENT_CA = acmeServer("https://127.0.0.1:9/dir", { name: "ca.lan" });
