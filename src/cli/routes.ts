import type { EdgeConfig, UpstreamTarget } from "../config/edge-config.ts";
import { isPrivateTarget } from "../config/upstream-target.ts";
import { EXEMPTION_NAMES, exemption, type ExemptionName, type NamedExemption } from "../gateway/exemptions.ts";
import type { Route } from "../routes/route.ts";
import { routeTable, type RouteTable } from "../routes/route-table.ts";
import { table } from "./table.ts";
import { paint, wrap } from "./terminal.ts";

type Config = Pick<EdgeConfig, "upstream" | "routes" | "expose"> & { readonly domains: readonly { readonly value: string }[] };

interface Shown {
  /** What could be opened, too. */
  readonly all: boolean;
  readonly json: boolean;
  /** Requests a minute without a sign-in, from one client and for each name. */
  readonly rate: number;
  /** The configuration file in use. */
  readonly file: string | undefined;
}

/** Something that is open, or could be. */
interface Opening {
  readonly name: string;
  readonly what: string;
  readonly methods: readonly string[];
  readonly paths: readonly string[];
  /** Where it is open; empty: nowhere, since others have all of its paths. */
  readonly hosts: readonly string[];
  readonly to: string;
  readonly checkedBy: string;
  readonly cost: string;
}

/** `openclaw-edge routes`: what the table of routes that would be in force says. */
export async function showRoutes(config: Config, shown: Shown): Promise<number> {
  const routes = routeTable(config);
  const domains = config.domains.map(({ value }) => value);
  const open = routes.routes.flatMap((route) => openingsOf(route, routes, domains));
  const closed = EXEMPTION_NAMES.filter((name) => !open.some((opening) => opening.name === name));
  process.stdout.write(shown.json ? asJson(routes, open, closed) : asText(routes, { ...shown, domains, open, closed }));
  return 0;
}

function openingsOf(route: Route, routes: RouteTable, domains: readonly string[]): readonly Opening[] {
  return route.exemptions.map(({ rule: { name, methods, paths } }) => {
    // As requests find it: somebody else may have the path on some of the hosts.
    const isFound = (host: string, path: string): boolean => routes.find({ host, target: path.replace(/\*$/, "x") }) === route;
    const hosts = domains.filter((host) => paths.some((path) => isFound(host, path)));
    return { ...about(name as ExemptionName), name, methods, paths, hosts, to: targetOf(route) };
  });
}

function about(name: ExemptionName): Pick<NamedExemption, "what" | "checkedBy" | "cost"> {
  const { what, checkedBy, cost } = exemption(name);
  return { what, checkedBy, cost };
}

function asJson(routes: RouteTable, open: readonly Opening[], closed: readonly ExemptionName[]): string {
  const rows = routes.routes.map((route) => ({
    host: route.host ?? null,
    path: route.path,
    to: writtenTarget(route.target),
    gateway: route.isGateway,
    strip: route.stripped !== undefined,
    identity: route.identity,
    open: route.exemptions.map(({ name }) => name),
  }));
  const rest = closed.map((name) => {
    const { path, covers, methods, port } = exemption(name);
    return { name, ...about(name), methods, paths: covers.map((suffix) => `${path}${suffix}`), port: port ?? null };
  });
  return `${JSON.stringify({ routes: rows, open, closed: rest }, undefined, 2)}\n`;
}

interface Page extends Shown {
  readonly domains: readonly string[];
  readonly open: readonly Opening[];
  readonly closed: readonly ExemptionName[];
}

function asText(routes: RouteTable, page: Page): string {
  const { domains, open, closed, all, rate, file } = page;
  const where = domains.length === 0 ? "no --domain is named yet" : domains.join(", ");
  const lines = [
    bold("Routes"),
    ...wrap(where, "  ").map(dim),
    ...(file === undefined ? [] : [dim(`  ${file}`)]),
    "",
    ...table(
      ["WHERE", "GOES TO", "WHO MAY COME"],
      routes.routes.map((route) => [`${route.host ?? ""}${route.path}`, targetOf(route), whoMayCome(route)]),
    ).map((line, index) => (index === 0 ? dim(line) : line)),
    "",
    dim(`  The Gateway is at ${writtenTarget(routes.gateway.target)}.`),
    "",
    bold("Open without a sign-in"),
    "",
    ...(open.length === 0
      ? ["  Nothing."]
      : [...open.flatMap((opening) => describe(opening, domains)), ...wrap(STRANGERS.replace("RATE", String(rate)), "  ")]),
    "",
    ...(all
      ? [bold("Could be opened, by --expose NAME"), "", ...closed.flatMap((name) => describe(possible(name), []))]
      : wrap(`Could be opened by --expose: ${closed.join(", ")}. What each of them is: openclaw-edge routes --all`, "")),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

const STRANGERS =
  "Whoever comes there is nobody, signed in or not: no name and no scopes go on, and a WebSocket is refused (but for worker). RATE requests a minute " +
  "from one client to each.";

function describe({ name, what, methods, paths, hosts, to, checkedBy, cost }: Opening, domains: readonly string[]): readonly string[] {
  const somewhere = hosts.length === domains.length ? "" : ` on ${hosts.join(", ")}`;
  const isNowhere = domains.length > 0 && hosts.length === 0;
  const fact = (label: string, text: string): readonly string[] => {
    const [first = "", ...rest] = wrap(text, " ".repeat(LABEL));
    return [`    ${dim(label.padEnd(LABEL - 4))}${first.slice(LABEL)}`, ...rest];
  };
  const verb = methods.map((method) => (method === "UPGRADE" ? "WebSocket" : method)).join(", ");
  return [
    ...wrap(what, " ".repeat(4 + name.length)).map((line, index) =>
      index === 0 ? `  ${paint(process.stdout, "yellow", name)}  ${line.trimStart()}` : line,
    ),
    ...fact("opens", isNowhere ? "nothing: other routes have its paths" : `${verb} ${paths.join(", ")}${somewhere}`),
    ...fact("goes to", to),
    ...fact("checked by", checkedBy),
    ...fact("costs", cost),
    "",
  ];
}

/** Columns before a fact. */
const LABEL = 16;

/** What is not open, as it would be. */
function possible(name: ExemptionName): Opening {
  const { path, covers, methods, port } = exemption(name);
  const to = port === undefined ? "the Gateway" : `http://127.0.0.1:${port}`;
  return { ...about(name), name, methods, paths: covers.map((suffix) => `${path}${suffix}`), hosts: [], to };
}

function whoMayCome({ exemptions, isGateway, path }: Route): string {
  if (exemptions.length === 0) return "signed in";
  return isGateway && path === "/" ? "signed in; see below" : `everybody (${exemptions.map(({ name }) => name).join(", ")})`;
}

function targetOf(route: Route): string {
  const notes = [
    route.stripped === undefined ? [] : "stripped",
    route.identity ? [] : "no name",
    isPrivateTarget(route.target) ? [] : "public!",
  ].flat();
  const written = route.isGateway ? "the Gateway" : writtenTarget(route.target);
  return notes.length === 0 ? written : `${written} (${notes.join(", ")})`;
}

function writtenTarget(target: UpstreamTarget): string {
  if (target.kind === "unix") return `unix:${target.path}`;
  return `http://${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`;
}

const bold = (text: string): string => paint(process.stdout, "bold", text);
const dim = (text: string): string => paint(process.stdout, "dim", text);
