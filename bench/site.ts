/** What all competitors share: a certificate, the accounts, an upstream; and a directory, gone with the bench. */
import { rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeCertificate } from "../test/support/certificates.ts";
import { freePort } from "../test/support/ports.ts";
import { authorizationOf, makeAccounts } from "./accounts.ts";
import type { FreshOptions } from "./cases/case.ts";
import type { Target } from "./load/plan.ts";
import type { Account, Competitor, RunningServer } from "./servers/server.ts";
import { startUpstream, type Upstream } from "./upstream/start.ts";

const DOMAIN = "bench.test";

export class Site implements AsyncDisposable {
  readonly #directory: string;
  readonly #certificate: string;
  readonly #accounts: readonly Account[];
  readonly #upstream: Upstream;
  #started = 0;

  private constructor(directory: string, certificate: string, accounts: readonly Account[], upstream: Upstream) {
    this.#directory = directory;
    this.#certificate = certificate;
    this.#accounts = accounts;
    this.#upstream = upstream;
  }

  static async open(): Promise<Site> {
    const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-bench-"));
    process.on("exit", () => rmSync(directory, { recursive: true, force: true })); // an interrupted run leaves nothing either
    // nginx's workers are somebody else, and read the htpasswd file on every request.
    await chmod(directory, 0o755);
    const { certificate, key } = await makeCertificate({ names: [DOMAIN] });
    const accounts = await makeAccounts();
    await writeFile(join(directory, "certificate.pem"), certificate);
    await writeFile(join(directory, "key.pem"), key, { mode: 0o600 });
    await writeFile(join(directory, "both.pem"), certificate + key, { mode: 0o600 });
    await writeFile(join(directory, "htpasswd"), accounts.map(({ name, hash }) => `${name}:${hash}\n`).join(""));
    return new Site(directory, certificate, accounts, await startUpstream());
  }

  async start(competitor: Competitor, options: FreshOptions = {}): Promise<RunningServer> {
    const directory = join(this.#directory, `${competitor.name}-${this.#started++}`);
    await mkdir(directory);
    return competitor.start({
      directory,
      port: await freePort(),
      upstreamPort: options.upstreamPort ?? this.#upstream.port,
      domain: DOMAIN,
      certificate: join(this.#directory, "certificate.pem"),
      key: join(this.#directory, "key.pem"),
      certificateAndKey: join(this.#directory, "both.pem"),
      htpasswd: join(this.#directory, "htpasswd"),
      accounts: this.#accounts,
      core: options.core,
    });
  }

  target({ port }: RunningServer): Target {
    return { port, domain: DOMAIN, certificate: this.#certificate };
  }

  /** @throws {RangeError} when there is no such account. */
  account(index: number): Account {
    const account = this.#accounts[index];
    if (!account) throw new RangeError(`there is no account ${index}`);
    return account;
  }

  authorization(index: number): string {
    return authorizationOf(this.account(index));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#upstream.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
