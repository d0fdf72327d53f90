import type { ExemptionName } from "../gateway/exemptions.ts";
import type { AcmeSettings } from "./acme-settings.ts";
import type { Limits, Timeouts } from "./limits.ts";
import type { MonitoringAddress } from "./monitoring-address.ts";
import type { ServedName } from "./served-name.ts";

/** Where the Gateway listens. */
export type UpstreamTarget =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Some of the requests, by host name and path, to somebody else than the Gateway, or without a sign-in. */
export interface RouteConfig {
  /** One of the domains; undefined: all of them. */
  readonly host?: string;
  /** `/`, or plain segments without a slash at the end. */
  readonly path: string;
  /** undefined: the Gateway. */
  readonly to?: UpstreamTarget;
  /** Whether the path is taken off before the request goes on. */
  readonly strip: boolean;
  /** Whether the target is told who is signed in. */
  readonly identity: boolean;
  /** The exemption that opens it; undefined: a sign-in is required. */
  readonly expose?: ExemptionName;
}

/** Where the certificates come from. */
export type TlsSource =
  | { readonly kind: "files"; readonly certificate: string; readonly key: string }
  /** A local CA in the state directory. */
  | { readonly kind: "internal" }
  /** Public CAs, asked by the edge itself; the local CA for the names that are left over. */
  | ({ readonly kind: "acme" } & AcmeSettings);

/** What the house runs on: decoded, complete, nothing optional that must exist. */
export interface EdgeConfig {
  readonly domains: readonly [ServedName, ...ServedName[]];
  readonly upstream: UpstreamTarget;
  readonly routes: readonly RouteConfig[];
  /** What is open without a sign-in. Default: nothing. */
  readonly expose: readonly ExemptionName[];
  /** Path of the bcrypt htpasswd file. */
  readonly htpasswd: string;
  readonly tls: TlsSource;
  /** Addresses to listen on; undefined: all, both families. */
  readonly hosts: readonly string[] | undefined;
  /** 0 takes a free port (tests). */
  readonly httpsPort: number;
  /** false: no redirecting listener. */
  readonly httpPort: number | false;
  /** Networks (CIDR, canonical) of proxies in front of the edge: their X-Forwarded-For tells who the client is. */
  readonly trustedHops: readonly string[];
  /** Networks (CIDR, canonical) of load balancers that send a PROXY header before each connection, and must. */
  readonly proxyProtocol: readonly string[];
  /** Absolute path, mode 0700. */
  readonly state: string;
  /** How browsers are asked who they are: by a page, or by their own password dialog. Default `page`. */
  readonly login: "page" | "basic";
  readonly sessions: {
    /** Milliseconds without use after which a session ends. Default 7 days. */
    readonly idle: number;
    /** Milliseconds after which a session ends however much it is used. Default 30 days. */
    readonly lifetime: number;
  };
  /** The field that carries the user's name upstream, lower case. Default `x-forwarded-user`. */
  readonly userHeader: string;
  /** Strict-Transport-Security max-age in seconds, 0: none. Default 86,400. */
  readonly hsts: number;
  /** Where metrics and health are asked for; undefined: nowhere. */
  readonly metrics: MonitoringAddress | undefined;
  readonly timeouts: Timeouts;
  readonly limits: Limits;
}
