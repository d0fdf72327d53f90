/**
 * Password checks in one worker thread, taken in turn by client prefix. On the main thread one check would stall every chat for
 * 80 ms, and a flood of them all the time.
 */
import { EdgeError } from "../../errors.ts";
import { createBcryptThread } from "./bcrypt-thread.ts";
import type { Log } from "../../log/log.ts";

export interface PasswordCheck {
  /** The same key means the same password, hash and prefix: one check answers all who wait for it. */
  readonly key: string;
  /** What fairness is counted by. */
  readonly prefix: string;
  readonly password: string;
  /** A bcrypt hash of 60 characters. */
  readonly hash: string;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

export type CheckOutcome =
  | { readonly kind: "match" | "mismatch" }
  /** The queue is full. */
  | { readonly kind: "busy"; /** Seconds, 1 to 5. */ readonly retryAfter: number };

export interface BcryptPoolOptions {
  /** Checks that wait or run, in all. */
  readonly capacity: number;
  /** Checks that wait for one client prefix besides the one that runs. Default 1: a flood from one place takes one place in the queue. */
  readonly waitingPerPrefix?: number;
  readonly log?: Log | undefined;
}

export interface BcryptPool {
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

const MATCH: CheckOutcome = { kind: "match" };
const MISMATCH: CheckOutcome = { kind: "mismatch" };

export function createBcryptPool({ capacity, waitingPerPrefix = 1, log }: BcryptPoolOptions): BcryptPool {
  const thread = createBcryptThread(log);
  /** All that wait or run, by key. */
  const flights = new Map<string, Flight>();
  /** Those that wait, by prefix; the map's order is whose turn it is. */
  const queue = new Map<string, Flight[]>();
  let waiting = 0;
  let started = 0;
  let running: Flight | undefined;
  let closed = false;
  /** Milliseconds of the last check. */
  let lastDuration = 100;

  function check(wanted: PasswordCheck): Promise<CheckOutcome> {
    if (closed) return Promise.reject(new EdgeError("shutting_down"));
    if (wanted.signal.aborted) return Promise.reject(new EdgeError("client_left"));
    let flight = flights.get(wanted.key);
    if (flight === undefined) {
      if (isFull(wanted.prefix)) return Promise.resolve({ kind: "busy", retryAfter: retryAfter() });
      flight = { check: wanted, waiters: new Set() };
      enqueue(flight);
    }
    const outcome = wait(flight, wanted.signal);
    next();
    return outcome;
  }

  function isFull(prefix: string): boolean {
    if (running === undefined) return false;
    return waiting + 1 >= capacity || (queue.get(prefix)?.length ?? 0) >= waitingPerPrefix;
  }

  function retryAfter(): number {
    return Math.min(5, Math.max(1, Math.ceil(((waiting + 1) * lastDuration) / 1000)));
  }

  function enqueue(flight: Flight): void {
    const { key, prefix } = flight.check;
    flights.set(key, flight);
    const line = queue.get(prefix);
    if (line === undefined) queue.set(prefix, [flight]);
    else line.push(flight);
    waiting += 1;
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

  function unqueue(flight: Flight): void {
    const { prefix } = flight.check;
    const rest = (queue.get(prefix) ?? []).filter((other) => other !== flight);
    if (rest.length > 0) queue.set(prefix, rest);
    else queue.delete(prefix);
    waiting -= 1;
  }

  /** Nobody waits for it any more. */
  function drop(flight: Flight): void {
    unqueue(flight);
    flights.delete(flight.check.key);
  }

  /** Whose turn it is: the first prefix in the queue, when the one served just now has gone to its end. */
  function take(lastServed: string): Flight | undefined {
    const served = queue.get(lastServed);
    if (served !== undefined) {
      queue.delete(lastServed);
      queue.set(lastServed, served);
    }
    for (const line of queue.values()) {
      const flight = line[0];
      if (flight !== undefined) unqueue(flight);
      return flight;
    }
    return undefined;
  }

  function next(lastServed = ""): void {
    if (running !== undefined) return;
    const flight = take(lastServed);
    if (flight === undefined) return;
    running = flight;
    started += 1;
    const start = performance.now();
    const { password, hash } = flight.check;
    thread.compare({ password, hash }).then(
      (match) => {
        lastDuration = performance.now() - start;
        end(flight, (waiter) => waiter.resolve(match ? MATCH : MISMATCH));
      },
      (cause: unknown) => {
        const error = new EdgeError(closed ? "shutting_down" : "internal", { detail: "The password could not be checked.", cause });
        end(flight, (waiter) => waiter.reject(error));
      },
    );
  }

  function end(flight: Flight, tell: (waiter: Waiter) => void): void {
    running = undefined;
    flights.delete(flight.check.key);
    next(flight.check.prefix);
    for (const waiter of flight.waiters) tell(waiter);
  }

  async function close(): Promise<void> {
    closed = true;
    const error = new EdgeError("shutting_down");
    for (const flight of [...queue.values()].flat()) {
      drop(flight);
      for (const waiter of flight.waiters) waiter.reject(error);
    }
    await thread.close();
  }

  return {
    check,
    get started() {
      return started;
    },
    get waiting() {
      return waiting;
    },
    close,
  };
}
