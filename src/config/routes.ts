import type { Problem } from "../errors.ts";
import { exemption, NEVER_EXEMPT, type ExemptionName } from "../gateway/exemptions.ts";
import { isPlainPath } from "../http1/plain-path.ts";
import { described, problemAt, unknownKeys, type ConfigNode, type ConfigObject } from "./config-node.ts";
import type { RouteConfig, UpstreamTarget } from "./edge-config.ts";
import type { ServedName } from "./served-name.ts";
import { readExposure } from "./exposure.ts";
import { readServedName } from "./names.ts";
import { isMistake, mistake, shown, type Mistake, type Read } from "./read.ts";
import { isLoopback, readTarget, type TargetPlace } from "./upstream-target.ts";

/** What the routes are looked at beside. */
export interface RouteSurroundings {
  readonly domains: readonly ServedName[];
  /** undefined: what was written can't be read, which has been reported. */
  readonly upstream: UpstreamTarget | undefined;
  /** The ports that the edge itself listens on. */
  readonly ownPorts: readonly number[];
}

const KEYS = ["host", "path", "to", "dangerously-to", "strip", "identity", "expose"] as const;
type Key = (typeof KEYS)[number];

const TO: TargetPlace = {
  who: "A route's target",
  write: (value) => `"to": "${value}"`,
  port: { number: 80, what: ", with the port that it listens on" },
  publicMend: () => 'Reach it by a private address; or write "dangerously-to" in place of "to", so that whoever reads this file sees it.',
};
const DANGEROUSLY_TO: TargetPlace = { ...TO, write: (value) => `"dangerously-to": "${value}"`, publicMend: undefined };

/** The key `routes` of the configuration file: what goes to somebody else than the Gateway, or is open without a sign-in. */
export function readRoutes(
  node: ConfigNode | undefined,
  surroundings: RouteSurroundings,
): { readonly routes: readonly RouteConfig[]; readonly problems: readonly Problem[] } {
  if (node === undefined) return { routes: [], problems: [] };
  if (node.kind !== "array") {
    const mend = 'Write "routes": [{ "path": "/app", "to": "http://127.0.0.1:3000" }].';
    return { routes: [], problems: [problemAt(node.place, mistake(`It takes an array, and this is ${described(node)}.`, mend))] };
  }
  const problems: Problem[] = [];
  const routes: RouteConfig[] = [];
  const seen = new Set<string>();
  for (const item of node.items) {
    const route = new RouteReader(item, surroundings, problems).read();
    if (route === undefined) continue;
    const where = `${route.host ?? "every host"} ${route.path}`;
    if (seen.has(where)) problems.push(problemAt(item.place, mistake(`There is a route for ${where} already.`, "Leave one of them out.")));
    seen.add(where);
    routes.push(route);
  }
  return { routes, problems };
}

/** Reads one route. What is wrong with it is kept, and everything is looked at, so that all of it is told at once. */
class RouteReader {
  readonly #node: ConfigNode;
  readonly #around: RouteSurroundings;
  readonly #problems: Problem[];
  readonly #before: number;

  constructor(node: ConfigNode, around: RouteSurroundings, problems: Problem[]) {
    this.#node = node;
    this.#around = around;
    this.#problems = problems;
    this.#before = problems.length;
  }

  read(): RouteConfig | undefined {
    const node = this.#node;
    if (node.kind !== "object") {
      this.#report(
        node,
        mistake(`A route is an object, and this is ${described(node)}.`, 'Write { "path": "/app", "to": "http://127.0.0.1:3000" }.'),
      );
      return undefined;
    }
    this.#problems.push(...unknownKeys(node, KEYS));
    const host = this.#text(node, "host", (text) => this.#host(text));
    const path = node.members.has("path") ? this.#text(node, "path", readRoutePath) : "/";
    const to = this.#text(node, "to", (text) => this.#target(text, TO));
    const dangerouslyTo = this.#text(node, "dangerously-to", (text) => this.#target(text, DANGEROUSLY_TO));
    const strip = this.#flag(node, "strip", false);
    const identity = this.#flag(node, "identity", true);
    const expose = this.#text(node, "expose", readOneExposure);
    if (node.members.has("to") && node.members.has("dangerously-to"))
      this.#report(node, mistake('It names two targets, "to" and "dangerously-to".', "Leave one of them out."));
    // What one key alone says wrong has been told; how they go together is looked at when each of them can be read.
    if (this.#problems.length > this.#before || path === undefined) return undefined;
    const target = dangerouslyTo ?? to;
    const wrong = this.#wrongTogether(node, { host, path, target, strip, expose });
    if (wrong !== undefined) {
      this.#report(node, wrong);
      return undefined;
    }
    const onward = this.#onward(target, expose);
    return {
      path,
      strip,
      identity,
      ...(host !== undefined && { host }),
      ...(onward !== undefined && { to: onward }),
      ...(expose !== undefined && { expose }),
    };
  }

  /** undefined: the Gateway. */
  #onward(target: UpstreamTarget | undefined, expose: ExemptionName | undefined): UpstreamTarget | undefined {
    const port = expose === undefined ? undefined : exemption(expose).port;
    if (target === undefined) return port === undefined ? undefined : { kind: "tcp", host: "127.0.0.1", port };
    return isSame(target, this.#around.upstream) ? undefined : target;
  }

  #wrongTogether(
    { members }: ConfigObject,
    route: {
      readonly host: string | undefined;
      readonly path: string;
      readonly target: UpstreamTarget | undefined;
      readonly strip: boolean;
      readonly expose: ExemptionName | undefined;
    },
  ): Mistake | undefined {
    const { host, path, target, strip, expose } = route;
    if (target === undefined && expose === undefined)
      return mistake("It does not say where to.", 'Add "to": "http://127.0.0.1:3000", with the port of whoever serves it.');
    if (path === "/" && host === undefined && expose === undefined)
      return mistake(
        "It is every path of every host, and that is the Gateway's.",
        members.has("path") ? 'Write a longer "path", or a "host" of its own; for the Gateway write "upstream".' : 'Add "path" or "host".',
      );
    if (strip && path === "/") return mistake('There is nothing to strip from "/".', 'Leave "strip" out.');
    return expose === undefined ? undefined : this.#wrongExposure(expose, path, strip, this.#onward(target, expose) === undefined);
  }

  #wrongExposure(expose: ExemptionName, path: string, strip: boolean, isGateway: boolean): Mistake | undefined {
    const row = exemption(expose);
    if (path === "/")
      return mistake("Everything would be open without a sign-in.", `Write the path alone that has to be: "path": "${row.path}".`);
    if (strip)
      return mistake(
        "What is open without a sign-in goes on as it is: with its path taken off it would be something else.",
        'Leave "strip" out, and give the target the same path.',
      );
    if (row.methods.includes("UPGRADE") && path !== row.path)
      return mistake(`A WebSocket needs a sign-in on every path but ${row.path}.`, `Write "path": "${row.path}".`);
    // Behind another port there may be a second Gateway, so its own names are held to the same.
    const isItsOwn = path === row.path && row.port === undefined;
    if ((isGateway || row.port === undefined) && !isItsOwn && isNeverExempt(path, row.path))
      return mistake(`${path} must not be open: there, the sign-in is all that checks the caller.`, `Write "path": "${row.path}".`);
    return undefined;
  }

  #host(text: string): Read<string> {
    const { domains } = this.#around;
    const name = readServedName(text);
    if (isMistake(name)) return mistake(name.what, `Write one of the names that are served: ${listOf(domains)}.`);
    if (domains.some(({ value }) => value === name.value.value)) return { value: name.value.value };
    return mistake(`${shown(text)} is not served.`, `Add it to "domain", or write one of these: ${listOf(domains)}.`);
  }

  #target(text: string, place: TargetPlace): Read<UpstreamTarget> {
    const read = readTarget(text, place);
    if (isMistake(read)) return read;
    const { value } = read;
    if (value.kind === "tcp" && isLoopback(value.host) && this.#around.ownPorts.includes(value.port))
      return mistake(`Port ${value.port} on this machine is the edge itself.`, "Write the port of whoever serves it.");
    return read;
  }

  #text<T>({ members }: ConfigObject, key: Key, read: (text: string) => Read<T>): T | undefined {
    const node = members.get(key)?.value;
    if (node === undefined) return undefined;
    const value =
      node.kind === "string"
        ? read(node.value.trim())
        : mistake(`It takes a string, and this is ${described(node)}.`, "Write it in quotes.");
    if (!isMistake(value)) return value.value;
    this.#report(node, value);
    return undefined;
  }

  #flag({ members }: ConfigObject, key: Key, usual: boolean): boolean {
    const node = members.get(key)?.value;
    if (node === undefined) return usual;
    if (node.kind === "boolean") return node.value;
    this.#report(node, mistake(`It takes true or false, and this is ${described(node)}.`, `Write "${key}": ${!usual}, or leave it out.`));
    return usual;
  }

  #report(node: ConfigNode, what: Mistake): void {
    this.#problems.push(problemAt(node.place, what));
  }
}

/** `/`, or plain segments; a slash at the end says nothing, since a route is its path and all below it. */
function readRoutePath(text: string): Read<string> {
  const path = text.length > 1 && text.endsWith("/") ? text.slice(0, -1) : text;
  if (path === "") return mistake("The path is empty.", 'Write "/" for all of a host, or a path such as "/app".');
  if (!path.startsWith("/")) return mistake(`${shown(text)} does not begin with a slash.`, `Write "path": ${JSON.stringify(`/${path}`)}.`);
  if (path.endsWith("*")) return mistake(`${shown(text)} has a wildcard.`, "Leave it out: a route is its path and all below it.");
  if (!isPlainPath(path))
    return mistake(
      `${shown(text)} has something that servers read in different ways.`,
      "Write letters, digits and -._~ between single slashes.",
    );
  if (path === "/.edge" || path.startsWith("/.edge/")) return mistake("/.edge is the edge's own, on every host.", "Take another path.");
  return { value: path };
}

function readOneExposure(text: string): Read<ExemptionName> {
  const read = readExposure(text);
  if (isMistake(read)) return read;
  const [name, more] = read.value;
  if (name !== undefined && more === undefined) return { value: name };
  return mistake(`${shown(text)} is more than one name.`, "Write a route for each.");
}

/** Whether the path lies on, above or below what must never be open; the moved path of a row below its own parent may (`/api/channels/x`). */
function isNeverExempt(path: string, usual: string): boolean {
  const parent = usual.slice(0, usual.lastIndexOf("/") + 1);
  if (parent.split("/").length > 3 && path.startsWith(parent)) return false;
  return NEVER_EXEMPT.some((never) => path === never || path.startsWith(`${never}/`) || never.startsWith(`${path}/`));
}

function isSame(one: UpstreamTarget, other: UpstreamTarget | undefined): boolean {
  if (one.kind === "unix" || other?.kind !== "tcp") return one.kind === "unix" && other?.kind === "unix" && one.path === other.path;
  return one.port === other.port && (one.host === other.host || (isLoopback(one.host) && isLoopback(other.host)));
}

const listOf = (domains: readonly ServedName[]): string => domains.map(({ value }) => value).join(", ") || "none yet";
