import type { AcmeServer } from "../../config/acme-settings.ts";
import type { Failed } from "../acme/contract.ts";
import { mayOrder } from "../schedule/ledger.ts";
import type { RenewalFailure, RenewalFailureCode } from "../schedule/record.ts";
import { clockFinding } from "./clock.ts";
import { bookOf, type Counter } from "./counter.ts";
import type { Desk } from "./desk.ts";
import { issueFrom, limited, type Issued, type OrderRequest } from "./issue-from.ts";

export interface RoundRequest extends OrderRequest {
  /** Directories where the next order waits for a success at the CA's staging. */
  readonly prove: readonly string[];
  /** Until when a directory is left alone; one of them may have ended by now. */
  readonly pauses: Readonly<Record<string, number>>;
  /** Before a CA is asked for the certificate itself: from here on it may be in the store. */
  readonly asking: (server: AcmeServer) => Promise<void>;
}

/** What the next round has to know, however this one ended. */
export interface RoundMemory {
  readonly prove: readonly string[];
  readonly pauses: Readonly<Record<string, number>>;
}

export type RoundOutcome = RoundMemory &
  (
    | { readonly kind: "issued"; readonly server: AcmeServer }
    /** The last of the CAs' failures; undefined: all of them want to be left alone for now. */
    | { readonly kind: "failed"; readonly failure: RenewalFailure | undefined }
  );

/** Seconds by which this machine's clock may be wrong: further away, a new certificate might look expired, and be ordered again for ever. */
const WRONG = 86_400;

/**
 * One attempt to obtain a certificate for a name: each CA in its order, until one issues. A CA that is down, refuses, or cannot reach us
 * leaves the turn to the next; what is our own fault (the clock, the disk) ends the round.
 *
 * @throws the signal's reason when it aborts
 */
export async function obtain(desk: Desk, request: RoundRequest, signal: AbortSignal): Promise<RoundOutcome> {
  const prove = new Set(request.prove);
  const pauses = { ...request.pauses };
  let failure: RenewalFailure | undefined;
  for (const server of desk.settings.servers) {
    if ((pauses[server.directory] ?? 0) > Date.now()) continue;
    const outcome = await obtainFrom(desk, server, request, prove.has(server.directory), signal);
    signal.throwIfAborted();
    if (outcome.kind === "issued") {
      prove.delete(server.directory);
      delete pauses[server.directory];
      return { kind: "issued", server, prove: [...prove], pauses };
    }
    failure = outcome.failure;
    desk.log.warn(`${request.name.value}: ${server.name} did not issue a certificate${failure.staging ? " at its staging" : ""}.`, {
      code: failure.code,
      stage: failure.stage,
      detail: failure.detail,
    });
    if (outcome.until !== undefined) pauses[server.directory] = outcome.until;
    if (outcome.unproved === true && server.staging !== undefined) prove.add(server.directory);
    if (failure.code === "files" || failure.code === "clockWrong") break;
  }
  return { kind: "failed", failure, prove: [...prove], pauses };
}

async function obtainFrom(desk: Desk, server: AcmeServer, request: RoundRequest, prove: boolean, signal: AbortSignal): Promise<Issued> {
  const { log } = desk;
  const { name, replaces } = request;
  const counter: Counter = { server, directory: server.directory, staging: false };
  const book = bookOf(desk.store, counter);
  const permission = mayOrder(await book.look(signal), [name.value], request.exempt, book.bounds, Date.now());
  if (permission.kind === "withheld") return limited(counter, permission);

  const asked = await desk.offers.ask(server, signal);
  if (asked.kind === "failed") return silent(server, asked);
  const clock = clockFinding(asked.clockAhead ?? 0);
  if (clock !== undefined && Math.abs(asked.clockAhead ?? 0) > WRONG) {
    const detail = `${clock.what} ${clock.mend}`;
    return { kind: "failed", failure: { server: server.name, staging: false, stage: "directory", code: "clockWrong", detail } };
  }

  let careful = prove;
  if (replaces === undefined && !careful) {
    const seen = await desk.preflight(name, asked.caaIdentities, signal);
    const findings = clock === undefined ? seen : [clock, ...seen];
    for (const { what, mend } of findings) log.warn(`${name.value}: ${what} ${mend}`);
    careful = findings.length > 0;
  }
  if (careful && server.staging !== undefined) {
    const staged = await issueFrom(desk, { server, directory: server.staging, staging: true }, request, signal);
    if (staged.kind === "issued") {
      log.info(`${name.value}: it works at the staging of ${server.name}; now the certificate itself is ordered.`);
    } else if (isStagingsOwn(staged.failure)) {
      const { code, detail } = staged.failure;
      log.warn(`${name.value}: the staging of ${server.name} is out of order; the certificate itself is ordered.`, { code, detail });
    } else {
      return staged;
    }
  }
  await request.asking(server);
  return issueFrom(desk, counter, request, signal);
}

/** What fails at a staging for its own sake: there are no promises that it runs, and it tells nothing about the name. */
const isStagingsOwn = ({ stage, code }: RenewalFailure): boolean =>
  stage === "directory" || stage === "account" || OUT_OF_ORDER.includes(code);

const OUT_OF_ORDER: readonly RenewalFailureCode[] = ["unreachable", "serverInternal", "badAnswer", "rateLimited", "invalidProfile"];

/** The CA did not even tell what it offers. */
function silent(server: AcmeServer, { stage, problem, retryAfter }: Failed): Issued {
  return {
    kind: "failed",
    failure: { server: server.name, staging: false, stage, code: problem.code, detail: problem.detail },
    ...(retryAfter !== undefined && { until: Date.now() + retryAfter * 1_000 }),
  };
}
