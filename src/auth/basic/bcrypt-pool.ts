/**
 * Password checks in one worker thread, taken in turn by client prefix. On the main thread one check would stall every chat for
 * 80 ms, and a flood of them all the time. Known devices have places of their own, and every second turn while they wait.
 */
import { EdgeError } from "../../errors.ts";
import { createBcryptThread } from "./bcrypt-thread.ts";
import { createTurns } from "./turns.ts";
import type { Log } from "../../log/log.ts";
import type { Turns } from "./turns.ts";

export interface PasswordCheck {
  /** The same key means the same password, hash and prefix: one check answers all who wait for it. */
  readonly key: string;
  /** What fairness is counted by: the client's prefix; for a known device its user, so that nobody takes all of those places. */
  readonly prefix: string;
  /** A known device's: strangers can't take its place. Default false. */
  readonly reserved?: boolean;
  /** Checks that may wait under this `prefix`. Default: `waitingPerPrefix`. */
  readonly places?: number;
  readonly password: string;
  /** A bcrypt hash of 60 characters. */
  readonly hash: string;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /**
   * Asked when its turn has come: the seconds to wait instead; 0: it is made. By then everything before it is known, so what a check may
   * depend on need not be guessed while it waits. Not asked when the check joined another of the same key. Default: it is made.
   */
  readonly refusal?: () => number;
  /**
   * Is told what was found, before anybody who waits, before the next check is begun, and whether or not anybody still waits. Not called
   * where nothing was found, nor when the check joined another of the same key.
   */
  readonly ended?: (match: boolean) => void;
}

export type CheckOutcome =
  | { readonly kind: "match" | "mismatch" }
  /** The queue is full. */
  | { readonly kind: "busy"; /** Seconds, 1 to 5. */ readonly retryAfter: number }
  /** Its `refusal` said so. */
  | { readonly kind: "refused"; /** Seconds. */ readonly retryAfter: number };

export interface BcryptPoolOptions {
  /** Strangers' checks that wait or run, in all. Known devices have a quarter as many besides. */
  readonly capacity: number;
  /** Checks that wait for one client prefix besides the one that runs. Default 1: a flood from one place takes one place in the queue. */
  readonly waitingPerPrefix?: number;
  readonly log?: Log | undefined;
}

export interface BcryptPool {
  /** Whether a check of this key waits or runs: another would join it, and cost nothing. */
  isUnderWay(key: string): boolean;
  /** Throws `client_left` when the signal aborts, `internal` when the thread fails, `shutting_down` after `close`. */
  check(check: PasswordCheck): Promise<CheckOutcome>;
  /** Comparisons given to the thread so far. */
  readonly started: number;
  /** Checks that wait. */
  readonly waiting: number;
  close(): Promise<void>;
}

interface Waiter {
  readonly resolve: (outcome: CheckOutcome) => void;
  readonly reject: (reason: EdgeError) => void;
}

interface Flight {
  readonly check: PasswordCheck;
  readonly waiters: Set<Waiter>;
}

/** Checks that wait: of strangers, or of known devices. */
interface Lane {
  /** Checks that wait or run. */
  readonly capacity: number;
  readonly turns: Turns<Flight>;
}

const MATCH: CheckOutcome = { kind: "match" };
const MISMATCH: CheckOutcome = { kind: "mismatch" };

export function createBcryptPool({ capacity, waitingPerPrefix = 1, log }: BcryptPoolOptions): BcryptPool {
  const thread = createBcryptThread(log);
  /** All that wait or run, by key. */
  const flights = new Map<string, Flight>();
  const strangers: Lane = { capacity, turns: createTurns() };
  const known: Lane = { capacity: 1 + Math.ceil(capacity / 4), turns: createTurns() };
  let started = 0;
  let running: Flight | undefined;
  let closed = false;
  /** Milliseconds of the last check. */
  let lastDuration = 100;

  function check(wanted: PasswordCheck): Promise<CheckOutcome> {
    if (closed || wanted.signal.aborted) return Promise.reject(new EdgeError(closed ? "shutting_down" : "client_left"));
    let flight = flights.get(wanted.key);
    if (flight === undefined) {
      if (isFull(wanted)) return Promise.resolve({ kind: "busy", retryAfter: retryAfter() });
      flight = { check: wanted, waiters: new Set() };
      flights.set(wanted.key, flight);
      laneOf(wanted).turns.add(wanted.prefix, flight);
    }
    const outcome = wait(flight, wanted.signal);
    next();
    return outcome;
  }

  function laneOf({ reserved = false }: PasswordCheck): Lane {
    return reserved ? known : strangers;
  }

  function isFull(wanted: PasswordCheck): boolean {
    if (running === undefined) return false;
    const lane = laneOf(wanted);
    return lane.turns.length + 1 >= lane.capacity || lane.turns.count(wanted.prefix) >= (wanted.places ?? waitingPerPrefix);
  }

  function waiting(): number {
    return strangers.turns.length + known.turns.length;
  }

  function retryAfter(): number {
    return Math.min(5, Math.max(1, Math.ceil(((waiting() + 1) * lastDuration) / 1000)));
  }

  function wait(flight: Flight, signal: AbortSignal): Promise<CheckOutcome> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        flight.waiters.delete(waiter);
        if (flight.waiters.size === 0 && flight !== running) drop(flight); // one that runs can't be stopped
        reject(new EdgeError("client_left"));
      };
      const waiter: Waiter = {
        resolve: (outcome) => {
          signal.removeEventListener("abort", leave);
          resolve(outcome);
        },
        reject: (reason) => {
          signal.removeEventListener("abort", leave);
          reject(reason);
        },
      };
      flight.waiters.add(waiter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** Nobody waits for it any more. */
  function drop(flight: Flight): void {
    laneOf(flight.check).turns.remove(flight.check.prefix, flight);
    flights.delete(flight.check.key);
  }

  /** Whose turn it is. Known devices first, unless one had the last turn: a flood of either delays the other by one check. */
  function take(last: PasswordCheck | undefined): Flight | undefined {
    const [first, second] = last?.reserved === true ? [strangers, known] : [known, strangers];
    return first.turns.take() ?? second.turns.take();
  }

  /** The next one that is made; those before it that are refused at their turn are told so. */
  function takeMade(last: PasswordCheck | undefined): Flight | undefined {
    for (;;) {
      const flight = take(last);
      const seconds = flight?.check.refusal?.() ?? 0;
      if (flight === undefined || seconds === 0) return flight;
      flights.delete(flight.check.key);
      for (const waiter of flight.waiters) waiter.resolve({ kind: "refused", retryAfter: seconds });
    }
  }

  function next(last?: PasswordCheck): void {
    if (running !== undefined) return;
    const flight = takeMade(last);
    if (flight === undefined) return;
    running = flight;
    started += 1;
    const start = performance.now();
    const { password, hash } = flight.check;
    thread.compare({ password, hash }).then(
      (match) => {
        lastDuration = performance.now() - start;
        end(flight, match, (waiter) => waiter.resolve(match ? MATCH : MISMATCH));
      },
      (cause: unknown) => {
        const error = new EdgeError(closed ? "shutting_down" : "internal", { detail: "The password could not be checked.", cause });
        end(flight, undefined, (waiter) => waiter.reject(error));
      },
    );
  }

  function end(flight: Flight, match: boolean | undefined, tell: (waiter: Waiter) => void): void {
    running = undefined;
    flights.delete(flight.check.key);
    laneOf(flight.check).turns.served(flight.check.prefix);
    if (match !== undefined) flight.check.ended?.(match);
    next(flight.check);
    for (const waiter of flight.waiters) tell(waiter);
  }

  async function close(): Promise<void> {
    closed = true;
    const error = new EdgeError("shutting_down");
    for (const flight of [...known.turns.all(), ...strangers.turns.all()]) {
      drop(flight);
      for (const waiter of flight.waiters) waiter.reject(error);
    }
    await thread.close();
  }

  return {
    isUnderWay: (key) => flights.has(key),
    check,
    get started() {
      return started;
    },
    get waiting() {
      return waiting();
    },
    close,
  };
}
