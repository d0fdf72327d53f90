import * as v from "valibot";

import type { Problem } from "../errors.ts";
import type { EdgeConfig, ServedName, TlsSource } from "./edge-config.ts";
import type { Limits, Timeouts } from "./limits.ts";
import type { Option } from "./option.ts";
import { OPTIONS, type Decoded, type OptionName } from "./options.ts";
import { isMistake, mistake, shown, type Mistake } from "./read.ts";
import { stateDirectory } from "./state-directory.ts";
import { surroundings as ofThisProcess, type Surroundings } from "./surroundings.ts";
import { chooseTls } from "./tls-source.ts";

/** What was written on the command line: by flag without its dashes, every value in its order. */
export type Flags = Readonly<Record<string, readonly string[] | undefined>>;

export interface Settings {
  readonly edge: EdgeConfig;
  readonly logFormat: "auto" | "json" | "text";
}

/** The files that could be made out beside the mistakes: they may be looked at, so that their mistakes are told in the same breath. */
export interface NamedFiles {
  readonly domains: readonly ServedName[];
  readonly htpasswd: string | undefined;
  readonly tls: TlsSource | undefined;
}

export type Decoding = { readonly settings: Settings } | { readonly problems: readonly Problem[]; readonly files: NamedFiles };

/** Flags → what the house runs on, or every mistake at once. Touches no file: each room checks its own at start. */
export function decode(flags: Flags, surroundings: Surroundings = ofThisProcess()): Decoding {
  const problems: Problem[] = [];
  const report = (name: OptionName, { what, mend }: Mistake): void => void problems.push({ where: `--${OPTIONS[name].flag}`, what, mend });
  const values = <Name extends OptionName>(name: Name): readonly Decoded<Name>[] => {
    const read = v.safeParse(schemaOf(name, surroundings), flags[OPTIONS[name].flag] ?? []);
    if (read.success) return read.output;
    // valibot gives one issue for each value that could not be read.
    for (const issue of read.issues) report(name, unfold(issue.message));
    return [];
  };
  const value = <Name extends OptionName>(name: Name): Decoded<Name> | undefined => values(name)[0];

  const written = (name: OptionName): boolean => (flags[OPTIONS[name].flag]?.length ?? 0) > 0;
  const decoded = {
    domains: unique(values("domain")),
    upstream: value("upstream"),
    htpasswd: value("htpasswd"),
    cert: value("cert"),
    key: value("key"),
    tls: value("tls"),
    httpsPort: value("httpsPort"),
    httpPort: value("httpPort"),
    hosts: written("host") ? [...new Set(values("host"))] : undefined,
    state: written("state") ? value("state") : stateDirectory(surroundings),
    userHeader: value("userHeader"),
    hsts: value("hsts"),
    logFormat: value("logFormat"),
    timeouts: all(["firstByte", "handshake", "head", "idle", "body", "write", "connect", "drain"], value) satisfies Partial<Timeouts>,
    limits: all(
      ["headSize", "headFields", "pipelined", "minimumBodyRate", "connectionsPerClient", "connections", "idleUpstream", "passwordChecks"],
      value,
    ) satisfies Partial<Limits>,
  };

  if (!written("domain")) {
    report(
      "domain",
      mistake("It is missing: the edge answers only for names that it was told.", "Write --domain ai.example.com with your own name."),
    );
  }
  if (!written("htpasswd")) {
    const file = `${decoded.state ?? stateDirectory(surroundings)}/users`;
    report(
      "htpasswd",
      mistake(
        "It is missing: without users nobody could sign in.",
        `Make the file (htpasswd is in apache2-utils), then add --htpasswd ${quoted(file)}:\n  mkdir -p ${quoted(parent(file))} && htpasswd -B -C 10 -c ${quoted(file)} alice`,
      ),
    );
  }
  if (decoded.httpsPort !== undefined && decoded.httpsPort !== 0 && decoded.httpsPort === decoded.httpPort) {
    report("httpPort", mistake(`It is the same port as --https-port, ${decoded.httpsPort}.`, "Write another port, or --http-port off."));
  }
  const { upstream } = decoded;
  const own = [decoded.httpsPort, decoded.httpPort];
  if (upstream?.kind === "tcp" && isLoopback(upstream.host) && own.includes(upstream.port)) {
    report(
      "upstream",
      mistake(`Port ${upstream.port} on this machine is the edge itself.`, "Write the Gateway's port: --upstream http://127.0.0.1:18789."),
    );
  }
  const tls = chooseTls(decoded, { cert: written("cert"), key: written("key"), tls: written("tls") }, report);

  const [first, ...others] = decoded.domains;
  const { logFormat, htpasswd, httpsPort, httpPort, state, userHeader, hsts, hosts } = decoded;
  // Every undefined value below has been reported above; naming them all is what makes the result complete by type.
  if (
    problems.length > 0 ||
    first === undefined ||
    upstream === undefined ||
    tls === undefined ||
    logFormat === undefined ||
    htpasswd === undefined ||
    httpsPort === undefined ||
    httpPort === undefined ||
    state === undefined ||
    userHeader === undefined ||
    hsts === undefined ||
    !isComplete(decoded.timeouts) ||
    !isComplete(decoded.limits)
  ) {
    return { problems, files: { domains: decoded.domains, htpasswd, tls } };
  }
  const { timeouts, limits } = decoded;
  const domains = [first, ...others] as const;
  const edge = {
    domains,
    upstream,
    htpasswd,
    tls,
    hosts,
    httpsPort,
    httpPort,
    state,
    userHeader,
    hsts,
    timeouts,
    limits,
  };
  return { settings: { edge, logFormat } };
}

/** The list of an option's values: its default when none is written, one at most unless it is repeatable. */
function schemaOf<Name extends OptionName>(
  name: Name,
  surroundings: Surroundings,
): v.GenericSchema<readonly string[], readonly Decoded<Name>[]> {
  // TypeScript does not connect a row with its own type parameter: OPTIONS[name] is Option<Decoded<Name>> by definition.
  const row = OPTIONS[name] as Option<unknown> as Option<Decoded<Name>>;
  const one = v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const text = dataset.value.trim();
      const read = text.startsWith("--")
        ? mistake(`It has no value: ${shown(text)} follows it.`, `Write --${row.flag} ${row.value}.`)
        : row.read(text, surroundings);
      if (!isMistake(read)) return read.value;
      addIssue({ message: fold(read) });
      return NEVER;
    }),
  );
  const list = v.pipe(
    v.array(v.string()),
    v.transform((written): string[] => (written.length === 0 && row.fallback !== undefined ? [row.fallback] : written)),
  );
  const twice = fold(mistake("It is written more than once.", "Write it once."));
  return v.pipe(row.repeatable ? list : v.pipe(list, v.maxLength(1, twice)), v.array(one));
}

/** valibot's issues carry one string; what is wrong and the mend travel in it on two lines. */
const fold = ({ what, mend }: Mistake): string => `${what}\n${mend}`;

function unfold(message: string): Mistake {
  const [what = "", mend = ""] = message.split("\n");
  return { what, mend };
}

function unique(names: readonly ServedName[]): readonly ServedName[] {
  return [...new Map(names.map((name) => [name.value, name])).values()];
}

function all<Name extends OptionName>(
  names: readonly Name[],
  value: (name: Name) => Decoded<Name> | undefined,
): { readonly [N in Name]?: Decoded<N> } {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as { readonly [N in Name]?: Decoded<N> };
}

function isComplete<T extends object>(values: T): values is T & Required<T> {
  return Object.values(values).every((value) => value !== undefined);
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");
const parent = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";
/** As a shell reads it back. */
const quoted = (path: string): string => (/^[\w\-./]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`);
