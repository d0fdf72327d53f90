import type { Exemption } from "../auth/exemption.ts";
import type { UpstreamTarget } from "../config/edge-config.ts";
import type { RequestHead } from "../exchange.ts";
import { beginsWithEmptySegment, hasDotSegment, pathOf } from "../http1/plain-path.ts";

export interface RouteOptions {
  /** Lower case; undefined: every host that is served. */
  readonly host: string | undefined;
  /** `/`, or plain segments without a slash at the end. What is at it and below it goes this way. */
  readonly path: string;
  readonly target: UpstreamTarget;
  /** Whether the path is taken off before the request goes on. */
  readonly strip: boolean;
  /** Whether the target is told who is signed in. */
  readonly identity: boolean;
  /** Whether it leads to the Gateway, as `--upstream` names it. */
  readonly isGateway: boolean;
  /** What of it needs no sign-in. */
  readonly exemptions: readonly Exemption[];
}

/** A way through the house: which requests, to whom, and which of them without a sign-in. */
export class Route {
  readonly host: string | undefined;
  readonly path: string;
  readonly target: UpstreamTarget;
  readonly identity: boolean;
  readonly isGateway: boolean;
  readonly exemptions: readonly Exemption[];
  /** The octets behind the first slash with which an exempted path begins: most requests begin otherwise. */
  readonly #initials = new Uint8Array(256);
  /** The path as the target is told that it was taken off; undefined: it was not. */
  readonly stripped: string | undefined;

  constructor({ host, path, target, strip, identity, isGateway, exemptions }: RouteOptions) {
    this.host = host;
    this.path = path;
    this.target = target;
    this.identity = identity;
    this.isGateway = isGateway;
    this.exemptions = exemptions;
    for (const { rule } of exemptions) for (const covered of rule.paths) this.#initials[covered.charCodeAt(1)] = 1;
    this.stripped = strip && path !== "/" ? path : undefined;
  }

  /** Whether a request's target lies at the route's path or below it. Matched plainly, octet by octet: see `targetFor`. */
  matches(target: string): boolean {
    const { path } = this;
    if (path === "/") return true;
    if (!target.startsWith(path)) return false;
    const next = target.charCodeAt(path.length);
    // The end, "/" or "?": `/app` is not the beginning of `/apple`.
    return Number.isNaN(next) || next === 0x2f || next === 0x3f;
  }

  /** The exemption that covers this very request; undefined: it needs a sign-in. */
  exemptionFor(head: RequestHead): Exemption | undefined {
    if (this.#initials[head.target.charCodeAt(1)] !== 1) return undefined;
    for (const exemption of this.exemptions) if (exemption.covers(head)) return exemption;
    return undefined;
  }

  /**
   * The request's target as it goes on; undefined: it must not go on.
   *
   * A path below a prefix that somebody could resolve to a path outside of it (`/app/%2e%2e/admin`) would reach what this route does
   * not lead to, and what is left when a prefix is taken off must not name an authority (`//host`).
   */
  targetFor(target: string): string | undefined {
    if (this.path === "/") return target;
    if (hasDotSegment(pathOf(target))) return undefined;
    if (this.stripped === undefined) return target;
    const rest = target.slice(this.stripped.length);
    const left = rest.startsWith("/") ? rest : `/${rest}`;
    return beginsWithEmptySegment(pathOf(left)) ? undefined : left;
  }
}
