import type { Problem } from "../errors.ts";
import type { EdgeConfig, TlsSource } from "./edge-config.ts";
import type { ServedName } from "./served-name.ts";
import type { Limits, Timeouts } from "./limits.ts";
import { OptionReader } from "./option-reader.ts";
import { OPTIONS, type OptionName } from "./options.ts";
import { BOUNDS } from "./options/bounds.ts";
import { TIMEOUTS } from "./options/timeouts.ts";
import { mistake } from "./read.ts";
import { readRoutes } from "./routes.ts";
import { stateDirectory, usersPath } from "./state-directory.ts";
import { surroundings as ofThisProcess, type Surroundings } from "./surroundings.ts";
import { chooseTls } from "./tls-source.ts";
import { isLoopback } from "./upstream-target.ts";
import { fromFlags, type Flags } from "./written.ts";

export type { Flags } from "./written.ts";

export interface Settings {
  readonly edge: EdgeConfig;
  readonly logFormat: "auto" | "json" | "text";
  /** The account to become once the ports are bound; undefined: none. */
  readonly runAs: string | undefined;
}

/** The files that could be made out beside the mistakes: they may be looked at, so that their mistakes are told in the same breath. */
export interface NamedFiles {
  readonly domains: readonly ServedName[];
  readonly htpasswd: string | undefined;
  readonly tls: TlsSource | undefined;
}

export type Decoding = { readonly settings: Settings } | { readonly problems: readonly Problem[]; readonly files: NamedFiles };

/** What the edge's options say, from wherever they were written. */
export type EdgeOptions = OptionReader<typeof OPTIONS>;

/** Flags alone → what the house runs on: for the demo and tests. */
export function decode(flags: Flags, surroundings: Surroundings = ofThisProcess()): Decoding {
  return decodeOptions(new OptionReader(OPTIONS, { sources: [fromFlags(flags)] }, surroundings), surroundings);
}

/**
 * Options → what the house runs on, or every mistake at once. Touches no file: each room checks its own at start.
 *
 * First everything is looked at, with `one` and `all`, and what is wrong reported; only then is the configuration put together, with
 * `required`.
 */
export function decodeOptions(options: EdgeOptions, surroundings: Surroundings): Decoding {
  const domains = uniqueNames(options.all("domain"));
  if (!options.isWritten("domain")) {
    options.reportMissing(
      "domain",
      mistake("It is missing: the edge answers only for names that it was told.", "Write --domain ai.example.com with your own name."),
    );
  }
  const state = options.isWritten("state") ? options.one("state") : stateDirectory(surroundings);
  checkPorts(options);
  const { routes, expose, problems } = decodeRouting(options, domains);
  options.add(problems);
  const tls = chooseTls(options, domains, state);
  // What nothing above asked for is read all the same: all mistakes at once.
  options.readEverything();

  const [first, ...others] = domains;
  if (options.problems.length > 0 || options.isIncomplete || first === undefined || tls === undefined || state === undefined) {
    return { problems: options.problems, files: { domains, htpasswd: options.one("htpasswd"), tls } };
  }
  const edge: EdgeConfig = {
    domains: [first, ...others],
    upstream: options.required("upstream"),
    routes,
    expose,
    htpasswd: options.one("htpasswd") ?? usersPath(state),
    tls,
    hosts: options.isWritten("host") ? [...new Set(options.all("host"))] : undefined,
    httpsPort: options.required("httpsPort"),
    httpPort: options.required("httpPort"),
    trustedHops: [...new Set(options.all("trustedHop"))],
    proxyProtocol: [...new Set(options.all("proxyProtocol"))],
    state,
    login: options.required("login"),
    sessions: { idle: options.required("sessionIdle"), lifetime: options.required("sessionLifetime") },
    userHeader: options.required("userHeader"),
    metrics: options.one("metrics"),
    hsts: options.required("hsts"),
    timeouts: each<Timeouts>(TIMEOUTS, (name) => options.required(name)),
    limits: each<Limits>(BOUNDS, (name) => options.required(name)),
  };
  return { settings: { edge, logFormat: options.required("logFormat"), runAs: options.one("runAs") } };
}

/** Which way requests go, and what is open: as the whole configuration has it, and as `openclaw-edge routes` shows it without the rest. */
export function decodeRouting(
  options: OptionReader<Pick<typeof OPTIONS, "upstream" | "expose" | "httpsPort" | "httpPort">>,
  domains: readonly ServedName[],
): Pick<EdgeConfig, "routes" | "expose"> & { readonly problems: readonly Problem[] } {
  const ownPorts = [options.one("httpsPort"), options.one("httpPort")].filter((port) => typeof port === "number");
  const read = readRoutes(options.node("routes"), { domains, upstream: options.one("upstream"), ownPorts });
  return { ...read, expose: [...new Set(options.all("expose").flat())] };
}

function checkPorts(options: EdgeOptions): void {
  const [https, http, upstream] = [options.one("httpsPort"), options.one("httpPort"), options.one("upstream")];
  if (https !== undefined && https !== 0 && https === http) {
    options.report("httpPort", mistake(`It is the same port as --https-port, ${https}.`, "Write another port, or --http-port off."));
  }
  if (upstream?.kind === "tcp" && isLoopback(upstream.host) && [https, http].includes(upstream.port)) {
    options.report(
      "upstream",
      mistake(`Port ${upstream.port} on this machine is the edge itself.`, "Write the Gateway's port: --upstream http://127.0.0.1:18789."),
    );
  }
}

/** One value for each name of a group. */
function each<Values extends Readonly<Record<keyof Values, number>>>(
  group: Readonly<Record<keyof Values, unknown>>,
  value: (name: keyof Values & OptionName) => number,
): Values {
  const names = Object.keys(group) as (keyof Values & OptionName)[];
  return Object.fromEntries(names.map((name) => [name, value(name)])) as unknown as Values;
}

export function uniqueNames(names: readonly ServedName[]): readonly ServedName[] {
  return [...new Map(names.map((name) => [name.value, name])).values()];
}
