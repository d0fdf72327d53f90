import type { AcmeServer } from "../../config/acme-settings.ts";
import type { AcmeProtocol, DirectoryInfo, Failed } from "../acme/contract.ts";
import { directoryOf } from "./counter.ts";

/** Milliseconds for which a CA is not asked again. An hour: several names are obtained in a row. */
const FRESH = 3_600_000;
/** Milliseconds by which this machine's clock may drift meanwhile without being compared anew with the CA's. */
const DRIFT = 60_000;

/** What CAs say of themselves, and how far this machine's clock is from theirs. */
export class Offers {
  readonly #protocol: Pick<AcmeProtocol, "directory">;
  readonly #known = new Map<string, { readonly info: DirectoryInfo; readonly at: number; readonly clock: number }>();

  constructor(protocol: Pick<AcmeProtocol, "directory">) {
    this.#protocol = protocol;
  }

  async ask(server: AcmeServer, signal: AbortSignal): Promise<DirectoryInfo | Failed> {
    const known = this.#known.get(server.directory);
    const at = performance.now();
    // Where the wall clock stands beside the one that nobody sets.
    const clock = Date.now() - at;
    if (known !== undefined && at - known.at < FRESH && Math.abs(clock - known.clock) < DRIFT) return known.info;
    const info = await this.#protocol.directory(directoryOf({ server, directory: server.directory }), signal);
    if (info.kind === "directory") this.#known.set(server.directory, { info, at, clock });
    return info;
  }
}
