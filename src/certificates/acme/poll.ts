import { setTimeout as sleep } from "node:timers/promises";

import type { AcmeClient, Signed } from "./client.ts";
import { AcmeError } from "./failure.ts";
import { jsonOf } from "./transport.ts";

/** Milliseconds between the first two looks, and the most between any two where the CA names no time itself. */
const FIRST = 100;
const LONGEST = 5_000;

export interface Poll<T> {
  readonly client: AcmeClient;
  readonly signed: Signed;
  readonly url: string;
  readonly read: (value: unknown) => T;
  readonly isDone: (resource: T) => boolean;
  /** Milliseconds in all. */
  readonly patience: number;
  /** Seconds before the first look, as the last answer asked (Retry-After). */
  readonly after?: number | undefined;
  /** What is waited for, in a sentence: "The CA has not …". */
  readonly waitingFor: string;
}

/**
 * Looks at a resource until it is decided (RFC 8555 §7.5.1), as often as Retry-After allows.
 * @throws AcmeError `stillPending` where that would take longer than our patience; what the CA asked for then goes with it.
 */
export async function poll<T>({ client, signed, url, read, isDone, patience, after = 0, waitingFor }: Poll<T>): Promise<T> {
  const end = performance.now() + patience;

  async function wait(milliseconds: number, retryAfter: number | undefined): Promise<void> {
    if (performance.now() + milliseconds > end) {
      throw new AcmeError({ code: "stillPending", detail: waitingFor, subproblems: [] }, { retryAfter });
    }
    await sleep(milliseconds, undefined, { signal: client.signal });
  }

  if (after > 0) await wait(after * 1_000, after);
  for (let pause = FIRST; ; pause = Math.min(pause * 2, LONGEST)) {
    const answer = await client.fetch(url, signed);
    const resource = read(jsonOf(answer));
    if (isDone(resource)) return resource;
    const { retryAfter } = answer;
    await wait(retryAfter === undefined ? pause : Math.max(retryAfter * 1_000, FIRST), retryAfter);
  }
}
