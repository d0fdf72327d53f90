import { Resolver } from "node:dns/promises";

import type { ServedName } from "../../config/served-name.ts";

/** What the DNS says, asked of the system's name servers and of no cache or hosts file, as a CA would not see those either. */
export class Names {
  readonly #resolver = new Resolver({ timeout: 3_000, tries: 2 });

  constructor(nameServer: string | undefined) {
    if (nameServer !== undefined) this.#resolver.setServers([nameServer]);
  }

  /** Addresses of both families, IPv6 first as CAs take them; `silent`: nobody could tell. */
  async addresses(name: string): Promise<readonly string[] | "silent"> {
    const found = await Promise.all([this.#resolver.resolve6(name).catch(reasonFor), this.#resolver.resolve4(name).catch(reasonFor)]);
    const addresses = found.flatMap((list) => (typeof list === "string" ? [] : list));
    return addresses.length === 0 && found.includes("silent") ? "silent" : addresses;
  }

  /** RFC 8659 §3: the closest name with CAA records decides; §4.2: without an `issue` property everybody may. */
  async permits(name: ServedName, identities: readonly string[]): Promise<boolean> {
    if (name.kind === "ip" || identities.length === 0) return true;
    const labels = name.value.split(".");
    for (let depth = 0; depth < labels.length; depth++) {
      const records = await this.#resolver.resolveCaa(labels.slice(depth).join(".")).catch(() => []);
      if (records.length === 0) continue;
      const issuers = records.flatMap(({ issue }) => (issue === undefined ? [] : [issue.split(";")[0]?.trim().toLowerCase() ?? ""]));
      return issuers.length === 0 || issuers.some((issuer) => identities.includes(issuer));
    }
    return true;
  }
}

const reasonFor = (cause: unknown): "none" | "silent" =>
  ["ENODATA", "ENOTFOUND"].includes((cause as NodeJS.ErrnoException).code ?? "") ? "none" : "silent";
