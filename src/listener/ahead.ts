/**
 * Notices a client that is too far ahead of its turn while nothing goes out to it. Such a client is not read from, so it could leave
 * unseen: its connection, and the request at the upstream, would stay for as long as the upstream says nothing.
 */
export class Ahead {
  #since = 0;
  #sent = -1;

  /**
   * @param isAhead whether the client has sent more than it may send ahead
   * @param sent octets of the answer so far
   * @returns whether that has lasted for `limit` milliseconds without an octet to the client
   */
  check(isAhead: boolean, sent: number, now: number, limit: number): boolean {
    if (!isAhead) this.#sent = -1;
    else if (sent !== this.#sent) {
      this.#sent = sent;
      this.#since = now;
    }
    return isAhead && now - this.#since > limit;
  }
}
