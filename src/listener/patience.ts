import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";

import type { Timeouts } from "../config/limits.ts";
import { Stall } from "../proxy/stall.ts";
import { Ahead } from "./ahead.ts";
import { BodyRate } from "./body-rate.ts";

/** A request body that is on its way. */
interface Body {
  /** Octets so far. */
  readonly received: number;
  /** The client waits for 100 (Continue), not we for the client. */
  readonly awaitsContinue: boolean;
}

/** Where an exchange stands when somebody asks whether its client is late. */
export interface Situation {
  /** The client has sent more than it may send ahead of its turn. */
  readonly isAhead: boolean;
  /** Octets of the answer so far. */
  readonly sent: number;
  /** The body that is still to be read. */
  readonly body: Body | undefined;
  /** The client has been given nothing but the edge's own answers so far. */
  readonly isStranger: boolean;
}

/** Where no exchange is: nothing is sent, nothing due. */
export const NOTHING_OPEN: Situation = { isAhead: false, sent: 0, body: undefined, isStranger: false };
/** The same for somebody who has not signed in. */
export const STRANGER: Situation = { ...NOTHING_OPEN, isStranger: true };

/** What a client is late with: reading, its turn, its body, or whatever was due by the deadline. */
export type Lateness = "reading" | "turn" | "body" | "deadline";

/** For how long one connection is waited for, and with what. It is asked from time to time: no timer of its own. */
export class Patience {
  readonly #timeouts: Timeouts;
  readonly #minimumBodyRate: number;
  readonly #stall = new Stall();
  readonly #ahead = new Ahead();
  #rate: BodyRate | undefined;
  #deadline = Infinity;

  constructor(timeouts: Timeouts, minimumBodyRate: number) {
    this.#timeouts = timeouts;
    this.#minimumBodyRate = minimumBodyRate;
  }

  /** The next thing is due within so many milliseconds. */
  expect(time: number): void {
    this.#deadline = performance.now() + time;
  }

  /** Nothing is due. */
  expectNothing(): void {
    this.#deadline = Infinity;
  }

  /** A new exchange has begun, or none is open: what is known of the last one's body is over. */
  forgetBody(): void {
    this.#rate = undefined;
  }

  lateWith(now: number, client: Duplex, { isAhead, sent, body, isStranger }: Situation): Lateness | undefined {
    const { write, head, body: window } = this.#timeouts;
    // A refusal is small: whoever leaves so many unread that they wait here asks for nothing but memory, half a MiB by each connection.
    if (this.#stall.check(client, now, isStranger ? Math.min(write, head) : write)) return "reading";
    if (now > this.#deadline) return "deadline";
    if (this.#ahead.check(isAhead, sent, now, write)) return "turn";
    if (body === undefined) return undefined;
    this.#rate ??= new BodyRate(now, body.received);
    const isOurTurn = body.awaitsContinue || client.isPaused();
    return this.#rate.isTooSlow(now, body.received, isOurTurn, window, this.#minimumBodyRate) ? "body" : undefined;
  }
}
