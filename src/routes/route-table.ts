import { Exemption } from "../auth/exemption.ts";
import type { EdgeConfig, RouteConfig, UpstreamTarget } from "../config/edge-config.ts";
import type { RequestHead } from "../exchange.ts";
import { exemption as named, type ExemptionName } from "../gateway/exemptions.ts";
import { Route } from "./route.ts";

/**
 * Which way every request goes. One value, made from the configuration and never changed: a reload puts another in its place.
 *
 * The routes that name the request's host are asked first, then those that name none, the longest path first in each; who is left goes
 * to the Gateway.
 */
export class RouteTable {
  /** The Gateway's, on every host and path that nobody else has. */
  readonly gateway: Route;
  /** The others, in the order in which they are asked. */
  readonly others: readonly Route[];
  readonly #ofHost: ReadonlyMap<string, readonly Route[]>;
  readonly #ofAll: readonly Route[];

  constructor(gateway: Route, others: readonly Route[]) {
    const sorted = others.toSorted((one, other) => other.path.length - one.path.length);
    this.gateway = gateway;
    this.#ofAll = sorted.filter(({ host }) => host === undefined);
    const hosts = new Set(sorted.flatMap(({ host }) => host ?? []));
    this.#ofHost = new Map([...hosts].map((host) => [host, sorted.filter((route) => route.host === host)]));
    this.others = [...[...this.#ofHost.values()].flat(), ...this.#ofAll];
  }

  find({ host, target }: Pick<RequestHead, "host" | "target">): Route {
    if (this.#ofHost.size > 0) {
      const own = this.#ofHost.get(host);
      if (own !== undefined) for (const route of own) if (route.matches(target)) return route;
    }
    for (const route of this.#ofAll) if (route.matches(target)) return route;
    return this.gateway;
  }

  /** All of them, the Gateway's last. */
  get routes(): readonly Route[] {
    return [...this.others, this.gateway];
  }
}

/** The table that a configuration describes. */
export function routeTable({ upstream, routes, expose }: Pick<EdgeConfig, "upstream" | "routes" | "expose">): RouteTable {
  const isGateway = (name: ExemptionName): boolean => named(name).port === undefined;
  const gateway = new Route({
    host: undefined,
    path: "/",
    target: upstream,
    strip: false,
    identity: true,
    isGateway: true,
    exemptions: expose.filter(isGateway).map((name) => exemptionOf(name)),
  });
  const elsewhere = expose
    .filter((name) => !isGateway(name))
    .map((name) => fromConfig({ path: named(name).path, to: loopback(name), strip: false, identity: true, expose: name }, upstream));
  // What the configuration says itself comes before what a name alone brings along.
  return new RouteTable(gateway, [...routes.map((route) => fromConfig(route, upstream)), ...elsewhere]);
}

function fromConfig({ host, path, to, strip, identity, expose }: RouteConfig, upstream: UpstreamTarget): Route {
  return new Route({
    host,
    path,
    target: to ?? upstream,
    strip,
    identity,
    isGateway: to === undefined,
    exemptions: expose === undefined ? [] : [exemptionOf(expose, path)],
  });
}

/** @param path where it was moved to; default where OpenClaw has it */
function exemptionOf(name: ExemptionName, path?: string): Exemption {
  const row = named(name);
  return Exemption.of({
    name,
    methods: row.methods,
    without: row.without,
    paths: row.covers.map((suffix) => `${path ?? row.path}${suffix}`),
  });
}

function loopback(name: ExemptionName): UpstreamTarget {
  return { kind: "tcp", host: "127.0.0.1", port: named(name).port as number };
}
