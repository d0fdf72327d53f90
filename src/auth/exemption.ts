import type { RequestHead } from "../exchange.ts";
import { isPlain, pathOf } from "../http1/plain-path.ts";

/**
 * The one path on which an Upgrade needs no sign-in. The Gateway accepts a WebSocket on any path, and there a device token that was
 * obtained earlier is enough to write: were exemptions to cover an Upgrade, a removed user would keep the agent. On this path alone it
 * speaks the workers' closed protocol, whose admission is a short-lived credential.
 */
export const WORKER_PATH = "/__openclaw__/worker";

/** What an exemption lets through. */
export interface ExemptionRule {
  /** As it is written in the configuration, and logged. */
  readonly name: string;
  /** `/a/b` is that path and no other; `/a/b/*` is one or more plain segments below it. */
  readonly paths: readonly string[];
  /** Segments that must not be below a path of `paths`. */
  readonly without?: readonly string[] | undefined;
  /** Case-sensitive. `UPGRADE` stands for a WebSocket handshake, and goes with `WORKER_PATH` alone. */
  readonly methods: readonly string[];
}

/**
 * The right to reach somebody behind the edge as nobody. A nominal type: only the table of routes may call `Exemption.of`
 * (test/rooms.test.ts holds it to that), and the head that goes upstream asks again whether its request is covered.
 */
export class Exemption {
  readonly name: string;
  /** What it covers, to be shown. */
  readonly rule: ExemptionRule;
  readonly #upgrade: boolean;
  readonly #methods: ReadonlySet<string>;
  readonly #exact: ReadonlySet<string>;
  /** Each with its final slash. */
  readonly #below: readonly string[];
  readonly #without: readonly string[];

  private constructor(rule: ExemptionRule) {
    const { name, paths, methods, without = [] } = rule;
    this.name = name;
    this.rule = rule;
    this.#upgrade = methods.includes("UPGRADE");
    if (this.#upgrade && (methods.length > 1 || paths.length > 1 || paths[0] !== WORKER_PATH))
      throw new TypeError(`an exemption covers an Upgrade on ${WORKER_PATH} alone`);
    this.#methods = new Set(methods);
    this.#exact = new Set(paths.filter((path) => !path.endsWith("/*")));
    this.#below = paths.filter((path) => path.endsWith("/*")).map((path) => path.slice(0, -1));
    this.#without = without.map((segment) => `/${segment}/`);
    if (this.#exact.has("/") || this.#below.includes("/")) throw new TypeError("an exemption never covers everything");
  }

  static of(rule: ExemptionRule): Exemption {
    return new Exemption(rule);
  }

  static is(value: unknown): value is Exemption {
    return typeof value === "object" && value !== null && #methods in value;
  }

  /** Whether this very request may go without a sign-in: by its method, by whether it asks for an Upgrade, and by its path's octets. */
  covers(head: RequestHead): boolean {
    const path = pathOf(head.target);
    if (!this.#matches(path)) return false;
    // Any Upgrade at all, even one that is dropped on the way: there is nothing to gain by finding out what somebody makes of it.
    if (head.websocket || head.fields.keys.includes("upgrade")) return this.#upgrade && head.websocket;
    return this.#methods.has(head.method);
  }

  #matches(path: string): boolean {
    if (this.#exact.has(path)) return true;
    for (const prefix of this.#below)
      if (path.startsWith(prefix) && isPlain(path, prefix.length)) return !this.#hasOthers(path.slice(prefix.length - 1));
    return false;
  }

  /** @param below from the slash on */
  #hasOthers(below: string): boolean {
    return this.#without.some((segment) => `${below}/`.includes(segment));
  }
}
