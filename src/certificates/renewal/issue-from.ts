import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ServedName } from "../../config/served-name.ts";
import type { AcmeProblem, Failed, FailureCode, IssueHooks, Notice, RegisterHooks, Stage } from "../acme/contract.ts";
import { directoryId, type LedgerBook } from "../schedule/ledger-book.ts";
import {
  failed,
  issued,
  mayOrder,
  mayRegister,
  notRegistered,
  ordering,
  registering,
  validating,
  type Permission,
} from "../schedule/ledger.ts";
import type { RenewalFailure } from "../schedule/record.ts";
import { placeOf, saveStored } from "../stored-certificate.ts";
import { accountOf, bookOf, directoryOf, type Counter } from "./counter.ts";
import type { Desk } from "./desk.ts";

/** What is asked for, whichever CA it is asked of. */
export interface OrderRequest {
  readonly name: ServedName;
  /** PEM of the certificate that is renewed. */
  readonly replaces: string | undefined;
  /** The last CA that failed by itself at an order: it may have stumbled over what is replaced, and is not told of it again. */
  readonly stumbled: string | undefined;
  /** The CA itself suggested to renew it by now: as a renewal it counts against no rate limit (RFC 9773; Let's Encrypt, "Rate Limits"). */
  readonly exempt: boolean;
}

export type Issued =
  | { readonly kind: "issued" }
  | {
      readonly kind: "failed";
      readonly failure: RenewalFailure;
      /** Until when this CA is left alone for this name. */
      readonly until?: number;
      /** An order came to nothing: the next one is tried at the CA's staging first. */
      readonly unproved?: boolean;
    };

type Withheld = Extract<Permission, { kind: "withheld" }>;

/** Obtains a certificate from one CA and stores it; one from a staging is thrown away. The account is made when there is none. */
export async function issueFrom(desk: Desk, counter: Counter, request: OrderRequest, signal: AbortSignal): Promise<Issued> {
  const { protocol, settings, store, board, log } = desk;
  const { server, staging } = counter;
  const { name } = request;
  const book = bookOf(store, counter);
  const directory = directoryOf(counter);
  const account = accountOf(settings, counter);
  let refused: Withheld | undefined;
  let lastFailure: AcmeProblem | undefined;

  const enter = async (permit: Parameters<LedgerBook["enter"]>[0], change: Parameters<LedgerBook["enter"]>[1]): Promise<boolean> => {
    const permission = await book.enter(permit, change, signal);
    if (permission.kind === "withheld") refused = permission;
    return permission.kind === "granted";
  };
  const registration: RegisterHooks = {
    registering({ termsOfService }) {
      log.info(`Registering an account at ${server.name}${staging ? "'s staging" : ""}. Whoever runs the edge agrees to the CA's terms.`, {
        terms: termsOfService ?? "none",
      });
      return enter(mayRegister, registering);
    },
    notice: (notice) => tell(desk, notice),
  };
  const hooks: IssueHooks = {
    ...registration,
    ordering: ({ replaces }) =>
      enter(
        (ledger, bounds, now) => mayOrder(ledger, [name.value], replaces && request.exempt, bounds, now),
        (ledger, now) => ordering(ledger, [name.value], replaces && request.exempt, now),
      ),
    async present(challenge) {
      await book.note((ledger, now) => validating(ledger, challenge.identifier.value, now), signal);
      await board.present(challenge);
    },
    cleanUp: (challenge) => board.cleanUp(challenge),
    async failedAuthorization({ name: { value }, challenge, problem }) {
      lastFailure = problem;
      log.warn(`${value}: ${server.name} could not validate it by ${challenge}.`, { code: problem.code, detail: problem.detail });
      await book.note((ledger) => failed(ledger, value), signal);
    },
    async store({ certificate, privateKey }) {
      if (!staging) await saveStored(store, name, { certificate, key: privateKey });
      await book.note((ledger) => issued(ledger, [name.value]), signal);
    },
  };

  const answer = (outcome: Failed): Issued => {
    // What failed first says more than that the second try was not made.
    const problem = outcome.problem.code === "declined" ? (lastFailure ?? outcome.problem) : outcome.problem;
    const until = Math.max(refused?.until ?? 0, outcome.retryAfter === undefined ? 0 : Date.now() + outcome.retryAfter * 1_000);
    const limit = refused !== undefined && lastFailure === undefined ? limitDetail(refused) : undefined;
    return {
      kind: "failed",
      failure: {
        server: server.name,
        staging,
        stage: limit === undefined ? outcome.stage : "local",
        code: limit === undefined ? problem.code : "limitReached",
        detail: limit ?? problem.detail,
      },
      ...(until > 0 && { until }),
      unproved: lastFailure !== undefined || isAboutTheOrder(outcome),
    };
  };

  if (!(await isRegistered(join(account.folder, "account.json")))) {
    // Two names at once must not make two accounts, nor two of one that is damaged.
    await using _lock = await store.lock(`accounts/${directoryId(counter.directory)}`, signal);
    const registered = await protocol.register({ directory, account }, registration, signal);
    if (registered.kind === "failed") {
      const isRefused = registered.problem.status !== undefined && registered.problem.status < 500;
      if (isRefused) await book.note(notRegistered, signal);
      return answer(registered);
    }
  }
  const outcome = await protocol.issue(
    {
      directory,
      account,
      folder: join(settings.certificates, placeOf(name)),
      names: [name],
      challenges: settings.challenges,
      ...(settings.profile !== undefined && { profile: settings.profile }),
      ...(request.replaces !== undefined && !staging && { replaces: request.replaces, tacit: request.stumbled === server.name }),
    },
    hooks,
    signal,
  );
  if (outcome.kind === "issued") return { kind: "issued" };
  // The CA has made a certificate, and counts it, whatever was wrong with it.
  if (outcome.stage === "certificate") await book.note((ledger) => issued(ledger, [name.value]), signal);
  return answer(outcome);
}

const ORDERS: readonly Stage[] = ["order", "authorization", "finalize", "certificate"];
/** These say nothing about the next order: it was not placed, or is still under way, or it was our own fault. */
const OURS: readonly FailureCode[] = ["declined", "stillPending", "invalidProfile", "files", "childEnded"];

const isAboutTheOrder = ({ stage, problem: { code } }: Failed): boolean => ORDERS.includes(stage) && !OURS.includes(code);

/** Our own bound is reached before anything was sent. */
export function limited({ server, staging }: Counter, permission: Withheld): Issued {
  const failure = { server: server.name, staging, stage: "local", code: "limitReached", detail: limitDetail(permission) } as const;
  return { kind: "failed", failure, until: permission.until };
}

const limitDetail = ({ limit, until }: Withheld): string =>
  `Our own bound below the CA's rate limits (${limit}) is reached until ${new Date(until).toISOString()}; nothing was sent.`;

function tell({ log }: Desk, { code, path, movedTo }: Notice): void {
  const said = {
    damagedFile: "A file of the ACME client was damaged; it was put aside and what it held is made anew.",
    accountLost: "The CA does not know our account any more; the same key is registered anew.",
    replacesRefused: "The CA did not take this order as a renewal; it is ordered as a new certificate.",
  } as const satisfies Record<Notice["code"], string>;
  log.warn(said[code], { ...(path !== undefined && { path }), ...(movedTo !== undefined && { movedTo }) });
}

/** Whether the file of an account names it. One that is damaged, or whose registration was cut short, does not. */
async function isRegistered(path: string): Promise<boolean> {
  try {
    return typeof (JSON.parse(await readFile(path, "utf8")) as { readonly url?: unknown }).url === "string";
  } catch {
    return false;
  }
}
