import { isIPv6 } from "node:net";
import { createSecureContext, type SecureContext, type Server, type TLSSocket, type TlsOptions } from "node:tls";

import type { ServedName } from "../config/served-name.ts";
import { baseOptions } from "./server-options.ts";
import type { Served } from "./source.ts";

/** Which certificate a handshake gets. Certificates come and go meanwhile; whoever is connected notices nothing. */
export class Handshakes {
  readonly #names: ReadonlySet<string>;
  readonly #addresses: readonly string[];
  readonly #served = new Map<string, { readonly served: Served; readonly context: SecureContext }>();
  readonly #servers = new Set<Server>();
  readonly #ticketKeys: () => Buffer;

  constructor(domains: readonly ServedName[], ticketKeys: () => Buffer) {
    this.#names = new Set(domains.filter(({ kind }) => kind === "name").map(({ value }) => value));
    this.#addresses = domains.filter(({ kind }) => kind === "ip").map(({ value }) => value);
    this.#ticketKeys = ticketKeys;
  }

  /** Used by the next handshake for one of these names. */
  serve(names: readonly ServedName[], served: Served): void {
    const context = createSecureContext({ ...baseOptions(), cert: served.certificate, key: served.key });
    for (const { value } of names) this.#served.set(value, { served, context });
    if (names.some(({ kind }) => kind === "ip")) for (const server of this.#servers) server.setSecureContext(this.#defaultContext());
  }

  /** Whether a name or an address has a certificate by now. */
  has(name: string): boolean {
    return this.#served.has(name);
  }

  /** Everything that tls.createServer needs. */
  get serverOptions(): TlsOptions {
    return { ...this.#defaultContext(), ...this.#alpn(), SNICallback: this.#serverName };
  }

  /** Keeps a server's default context and ticket key current until it closes. */
  bind(server: Server): void {
    this.#servers.add(server);
    server.once("close", () => this.#servers.delete(server));
    server.setSecureContext(this.#defaultContext()); // something may have changed since serverOptions were read
  }

  rotate(key: Buffer): void {
    for (const server of this.#servers) server.setTicketKeys(key);
  }

  release(): void {
    this.#servers.clear();
  }

  /** What a client without SNI gets: an address's certificate; none where no address is served, hence handshake_failure. */
  #defaultContext(): TlsOptions {
    const served = this.#ofAddress(undefined)?.served;
    return { ...baseOptions(), ticketKeys: this.#ticketKeys(), ...(served && { cert: served.certificate, key: served.key }) };
  }

  /**
   * Runs in full handshakes only. A ticket can't carry a client from one name to another all the same: OpenSSL resumes a session only
   * under the SNI that it began with, in TLS 1.2 and 1.3 (tested), and otherwise does a full handshake. What a ticket does outlive is
   * the configuration: for a day it resumes under a name that is no longer served; the Host check (421) is what answers then.
   */
  readonly #serverName: NonNullable<TlsOptions["SNICallback"]> = (servername, callback) => {
    // RFC 6066 §3: a host name, in any case, without a trailing dot, never an address literal. All else is not served.
    const name = servername.toLowerCase();
    const found = this.#names.has(name) ? this.#served.get(name)?.context : undefined;
    if (found !== undefined) return callback(null, found);
    // Without a context the default one answers: it has no certificate, and OpenSSL sends handshake_failure.
    if (this.#ofAddress(undefined) === undefined) return callback(null, undefined);
    // It has one, and a context without would not take it away: all that is left is to drop the connection, without an alert.
    return callback(new NameNotServed());
  };

  /**
   * Where addresses have certificates of their own, a client that names nobody gets the one of the address that it came to. It is told
   * apart when ALPN is settled: browsers and most programs offer it, and the others get the first address's.
   */
  #alpn(): TlsOptions {
    if (this.#addresses.length < 2) return {};
    const ofAddress = (address: string | undefined) => this.#ofAddress(address);
    return {
      ALPNProtocols: undefined,
      ALPNCallback(this: TLSSocket, { servername, protocols }) {
        const found = servername ? undefined : ofAddress(this.localAddress);
        if (found !== undefined) this.setKeyCert(found.context);
        return protocols.find((protocol) => protocol === "http/1.1");
      },
    };
  }

  /** The certificate of this very address, otherwise (behind a router that translates) of one of the same family, otherwise of any. */
  #ofAddress(local: string | undefined): { readonly served: Served; readonly context: SecureContext } | undefined {
    const address = local?.replace(/^::ffff:(?=\d+\.)/i, "");
    const kin = address === undefined ? [] : this.#addresses.filter((candidate) => isIPv6(candidate) === isIPv6(address));
    for (const candidate of [...(address === undefined ? [] : [address]), ...kin, ...this.#addresses]) {
      const found = this.#addresses.includes(candidate) ? this.#served.get(candidate) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Why a handshake was cut: the client asked for a name that is not served. The name is the client's, and stays out of the message. */
class NameNotServed extends Error {
  readonly code = "ERR_NAME_NOT_SERVED";
  constructor() {
    super("The client asked for a name that is not served.");
    this.name = "NameNotServed";
  }
}
