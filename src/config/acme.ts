import { join } from "node:path";

import type { ForServer, NamedServer, WrittenBinding } from "./acme-servers.ts";
import type { AcmeServer, ChallengeType } from "./acme-settings.ts";
import type { TlsSource } from "./edge-config.ts";
import type { ServedName } from "./served-name.ts";
import type { OptionReader } from "./option-reader.ts";
import type { OPTIONS } from "./options.ts";
import { isPrivateName } from "./private-names.ts";
import { isPublicSuffix } from "./public-suffixes.ts";
import { mistake } from "./read.ts";

type Options = OptionReader<typeof OPTIONS>;

/** The options that mean something only where certificates are obtained. */
export const ACME_OPTIONS = ["acmeServer", "email", "challenge", "acmeProfile", "acmeCa", "acmeEab"] as const;

/** Everything that ACME needs for these names, or undefined with every mistake reported. */
export function acmeSettings(
  options: Options,
  names: readonly [ServedName, ...ServedName[]],
  state: string | undefined,
): TlsSource | undefined {
  const servers = serversOf(options);
  const challenges = challengesOf(options);
  checkNames(options, names, servers);
  const [first, ...others] = servers;
  const certificates = options.isWritten("certs") ? options.one("certs") : state && join(state, "certs");
  if (first === undefined || challenges === undefined || certificates === undefined) return undefined;
  const url = options.one("notify");
  return {
    kind: "acme",
    names,
    certificates,
    servers: [first, ...others],
    email: options.one("email"),
    profile: options.one("acmeProfile"),
    challenges,
    notify: url === undefined ? undefined : { url, token: options.one("notifyToken") },
    validation: { http: 80, https: 443 },
  };
}

function serversOf(options: Options): readonly AcmeServer[] {
  const written = [...new Map(options.all("acmeServer").map((server) => [server.directory, server])).values()];
  const files = byServer(options, "acmeCa", written, options.all("acmeCa"));
  const bindings = byServer(options, "acmeEab", written, options.all("acmeEab").flat());
  return written.map((server) => {
    const binding = bindings.get(server);
    return {
      name: server.name,
      directory: server.directory,
      staging: server.staging,
      caFile: files.get(server)?.value,
      externalAccount: binding && { keyIdentifier: binding.keyIdentifier, macKey: binding.macKey },
    };
  });
}

/** Each value with the CA that it is meant for. */
function byServer<T extends ForServer | WrittenBinding>(
  options: Options,
  option: "acmeCa" | "acmeEab",
  servers: readonly NamedServer[],
  values: readonly T[],
): ReadonlyMap<NamedServer, T> {
  const found = new Map<NamedServer, T>();
  for (const value of values) {
    const meant = servers.filter((server) => value.server === undefined || isCalled(server, value.server));
    const [server] = meant;
    if (server === undefined) {
      const known = servers.map(({ name }) => name).join(", ");
      options.report(option, mistake(`${value.server} is none of the CAs of --acme-server.`, `Write one of: ${known}.`));
    } else if (value.server === undefined && servers.length > 1) {
      const example = option === "acmeCa" ? `${server.name}=FILE` : `${server.name} KEYID HMACKEY`;
      options.report(option, mistake("It does not say for which CA it is, and there are several.", `Write ${example}.`));
    } else if (found.has(server)) {
      options.report(option, mistake(`There is more than one for ${server.name}.`, "Write one for each CA."));
    } else {
      found.set(server, value);
    }
  }
  return found;
}

const isCalled = (server: NamedServer, name: string): boolean =>
  server.name === name || new URL(server.directory).host === name || new URL(server.directory).hostname === name;

function challengesOf(options: Options): readonly [ChallengeType, ...ChallengeType[]] | undefined {
  const forced = options.one("challenge");
  const closed = options.one("httpPort") === false;
  if (forced === "http-01" && closed) {
    options.report(
      "challenge",
      mistake("http-01 needs port 80, and --http-port is off.", "Write --challenge tls-alpn-01, or open the port."),
    );
    return undefined;
  }
  if (forced !== undefined) return [forced];
  if (options.isWritten("challenge")) return undefined; // reported
  return closed ? ["tls-alpn-01"] : ["http-01", "tls-alpn-01"];
}

/** What no CA would sign. Everything else about names is checked where they are read. */
function checkNames(options: Options, names: readonly ServedName[], servers: readonly Pick<NamedServer, "name">[]): void {
  for (const { kind, value } of names) {
    if (kind === "name" && isPublicSuffix(value)) {
      const what = `${value} is a suffix below which many people have names, so no CA vouches for all of it.`;
      options.report("domain", mistake(what, `Write the name below it that is yours: --domain ai.${value}.`));
    }
  }
  const known = options.all("acmeServer").filter(({ isPublic }) => isPublic);
  const hidden = names.filter((name) => isPrivateName(name)).map(({ value }) => value);
  if (hidden.length > 0 && known.length > 0 && servers.length > 0) {
    const them = hidden.length === 1 ? "is private" : "are private";
    options.report(
      "tls",
      mistake(
        `${hidden.join(", ")} ${them}: ${known[0]?.name} can't vouch for that.`,
        "Leave out --tls acme (the local CA takes private names by itself), or name a CA of your own with --acme-server URL.",
      ),
    );
  }
}
