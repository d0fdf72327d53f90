/** That browsers come by HTTPS alone from now on (RFC 6797). */
export class StrictTransportSecurity {
  readonly #names: ReadonlySet<string>;
  #line: string;

  /**
   * @param names the hosts that say so: names whose certificate anybody can check. An address can't (§8.1.1), and whoever trusts a local CA
   * may leave it again; where a browser does not trust the certificate, the browser itself ignores the field (§8.1).
   * @param seconds for which it is to be remembered; 0: nothing is said
   */
  constructor(names: ReadonlySet<string>, seconds: number) {
    this.#names = names;
    this.#line = lineOf(seconds);
  }

  /** Other seconds from now on. */
  use(seconds: number): void {
    this.#line = lineOf(seconds);
  }

  /** The whole field line for an answer over TLS (§7.2), or empty. */
  readonly lineFor = (host: string): string => (this.#line !== "" && this.#names.has(host) ? this.#line : "");
}

const lineOf = (seconds: number): string => (seconds > 0 ? `Strict-Transport-Security: max-age=${seconds}\r\n` : "");
