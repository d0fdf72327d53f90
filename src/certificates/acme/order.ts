/** An order from newOrder to the certificate (RFC 8555 §7.1.6, §7.4), taken up again where a killed process left it. */
import { setTimeout as sleep } from "node:timers/promises";

import type { ServedName } from "../../config/served-name.ts";
import type { OpenAccount } from "./account.ts";
import { authorize, failedBefore, type Authorized } from "./authorization.ts";
import { checkedChain } from "./certificate.ts";
import type { AcmeClient } from "./client.ts";
import type {
  AcmePatience,
  ChallengeType,
  FailedName,
  FailureCode,
  IssuedCertificate,
  IssueHooks,
  IssueRequest,
  Stage,
} from "./contract.ts";
import { AcmeError, failure, hasCode } from "./failure.ts";
import { isSameSet, keyOf } from "./identifiers.ts";
import { orderFile, type OrderFile, type SavedOrder } from "./order-file.ts";
import { placeOrder, type PlacedOrder } from "./place-order.ts";
import { poll } from "./poll.ts";
import { readOrder, type Order } from "./resources.ts";
import { jsonOf } from "./transport.ts";

/** Names validated at the same time. */
const AT_ONCE = 8;

/** Times that an order which stays `ready` is finalized. */
const FINALIZATIONS = 5;

export interface Issuing {
  readonly client: AcmeClient;
  readonly account: OpenAccount;
  readonly request: IssueRequest;
  readonly hooks: IssueHooks;
  readonly patience: AcmePatience;
  /** Told before each step, for the failure that may come of it. */
  readonly enter: (stage: Stage) => void;
}

/** Some names failed for good. */
export class NamesFailed extends AcmeError {
  readonly failedNames: readonly FailedName[];

  constructor(first: FailedName, failedNames: readonly FailedName[]) {
    super(first.problem);
    this.failedNames = failedNames;
  }
}

/** @throws AcmeError, `NamesFailed` where it was the names. */
export async function issueCertificate(issuing: Issuing): Promise<IssuedCertificate> {
  const { hooks, request, enter } = issuing;
  const file = orderFile(request, hooks.notice);
  enter("order");
  let saved = await file.load();
  let placed = saved && (await takeUp(issuing, saved));
  const isLeftBehind = saved !== undefined && saved.url === undefined;
  // One order for each type of challenge, and one in place of what a killed process spoilt.
  for (let orders = 0; orders <= request.challenges.length; orders++) {
    enter("order");
    placed ??= await placeOrder({ ...issuing, file }, saved, isLeftBehind && orders === 0);
    const authorized = await authorizeAll(issuing, file, placed);
    if (authorized.kind === "ready") return obtain(issuing, file, placed, authorized.proved);
    saved = authorized.saved;
    placed = undefined;
  }
  throw failure("noChallenge", "The CA called every order's authorizations invalid.");
}

/** The saved order as the CA knows it; undefined: it is over, or was never known. */
async function takeUp(issuing: Issuing, saved: SavedOrder): Promise<PlacedOrder | undefined> {
  const { client, account, request, hooks } = issuing;
  const { url } = saved;
  if (url === undefined) return undefined;
  try {
    const order = readOrder(jsonOf(await client.fetch(url, account)));
    if (!isSameSet(order.names, request.names)) return undefined;
    if (order.status !== "invalid") return { saved: { ...saved, url }, order };
    for (const { name, challenge, problem } of await failedBefore(issuing, order.authorizations)) {
      await hooks.failedAuthorization({ name, challenge, problem });
    }
    return undefined;
  } catch (error) {
    const isGone = error instanceof AcmeError && (error.problem.status === 404 || hasCode(error, "malformed", "unauthorized"));
    if (!isGone) throw error;
    return undefined;
  }
}

type Proved = IssuedCertificate["proved"];

type AllAuthorized =
  | { readonly kind: "ready"; readonly proved: Proved }
  /** The order is over, and other challenges are left to try. */
  | { readonly kind: "again"; readonly saved: SavedOrder };

async function authorizeAll(issuing: Issuing, file: OrderFile, { saved, order }: PlacedOrder): Promise<AllAuthorized> {
  if (order.status !== "pending") return { kind: "ready", proved: [] };
  const { request, hooks, patience, enter } = issuing;
  enter("authorization");
  const wantedFor = (name: ServedName, tried = saved.tried): readonly ChallengeType[] =>
    request.challenges.filter((type) => !tried[keyOf(name)]?.includes(type));
  const results = await inTurns(order.authorizations, (url) =>
    authorize({ ...issuing, patience: patience.decision, wantedFor: (name) => wantedFor(name) }, url),
  );
  const failed = results.filter((result) => result.kind !== "valid");
  if (failed.length === 0) return { kind: "ready", proved: results.flatMap(provedBy) };

  const tried = { ...saved.tried };
  for (const result of failed) {
    if (result.kind !== "invalid") continue;
    const { name, challenge, problem, mine } = result;
    await hooks.failedAuthorization({ name, challenge, problem });
    if (mine) tried[keyOf(name)] = [...(tried[keyOf(name)] ?? []), challenge];
  }
  const isOver = failed.some(({ kind }) => kind === "invalid");
  const exhausted = failed
    .filter((result) => result.kind === "impossible" || wantedFor(result.name, tried).length === 0)
    .map(({ name, problem }) => ({ name, problem }));
  const [first] = exhausted;
  if (first !== undefined) {
    if (isOver) await file.forget(); // otherwise it waits for a listener that can be asked
    throw new NamesFailed(first, exhausted);
  }
  const { url: _over, ...rest } = saved;
  const next = { ...rest, tried };
  await file.save(next);
  return { kind: "again", saved: next };
}

const provedBy = (result: Authorized): Proved =>
  result.kind === "valid" && result.challenge !== undefined ? [{ name: result.name, challenge: result.challenge }] : [];

async function inTurns<T>(urls: readonly string[], work: (url: string) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let first = 0; first < urls.length; first += AT_ONCE) {
    const settled = await Promise.allSettled(urls.slice(first, first + AT_ONCE).map(work)); // each cleans up before another's failure counts
    for (const each of settled) {
      if (each.status === "rejected") throw each.reason;
      results.push(each.value);
    }
  }
  return results;
}

/** Every name is proved: the key is sent, and the certificate fetched, checked and stored. */
async function obtain(issuing: Issuing, file: OrderFile, { saved, order }: PlacedOrder, proved: Proved): Promise<IssuedCertificate> {
  const { client, account, request, hooks, enter } = issuing;
  enter("finalize");
  const { certificate: url } = await forgetting(file, isRefusal, () => finalized(issuing, saved, order));
  enter("certificate");
  if (url === undefined) throw failure("badAnswer", "The CA's order is valid and names no certificate.");
  const { text } = await client.fetch(url, account, "application/pem-certificate-chain");
  const now = new Date(Date.now() - (client.clockAhead() ?? 0));
  const certificate = await forgetting(file, isWrongCertificate, () => checkedChain(text, saved.key, request.names, now));
  const issued: IssuedCertificate = { certificate, privateKey: saved.key, profile: saved.ordered?.profile, proved };
  await hooks.store(issued);
  await file.forget();
  return issued;
}

/** Forgets the order where a failure means that it will never come to anything; otherwise it is taken up again. */
async function forgetting<T>(file: OrderFile, isHopeless: (error: unknown) => boolean, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isHopeless(error)) await file.forget();
    throw error;
  }
}

const isWrongCertificate = (error: unknown): boolean =>
  hasCode(error, "certificateUnusable", "certificateWrongKey", "certificateWrongNames");

/** The CA said no to this order, and would say so again. */
function isRefusal(error: unknown): boolean {
  if (error instanceof OrderInvalid) return true;
  if (!(error instanceof AcmeError)) return false;
  const { status, code } = error.problem;
  return status !== undefined && status >= 400 && status < 500 && !PASSING.includes(code);
}

/** Said with a status of 4xx, and not about the order. */
const PASSING: readonly FailureCode[] = ["rateLimited", "badNonce", "userActionRequired", "accountDoesNotExist", "badAnswer"];

/** The CA gave the order up after it had been ready. */
class OrderInvalid extends AcmeError {}

async function finalized(issuing: Issuing, saved: SavedOrder & { readonly url: string }, order: Order): Promise<Order> {
  const { client, account, request, patience } = issuing;
  const look = (isDone: (order: Order) => boolean, after?: number): Promise<Order> =>
    poll({
      client,
      signed: account,
      url: saved.url,
      read: readOrder,
      isDone,
      patience: patience.decision,
      after,
      waitingFor: "The CA has not finished the order yet.",
    });
  let current: Order = order.status === "pending" ? await look(({ status }) => status !== "pending") : order;
  // `ready` again: the request was lost, or one of the CA's servers has not heard of it yet.
  for (let attempt = 1; current.status === "ready" && attempt <= FINALIZATIONS; attempt++) {
    if (attempt > 1) await sleep(250 * 2 ** attempt, undefined, { signal: client.signal });
    const { makeRequest } = await import("../x509.ts");
    const after = await finalize(issuing, current.finalize, await makeRequest(request.names, saved.key));
    current = await look(({ status }) => status !== "processing", after);
  }
  if (current.status === "processing") current = await look(({ status }) => status !== "processing");
  if (current.status === "valid") return current;
  if (current.status === "ready") throw failure("stillPending", "The CA's order stays ready although it was finalized.");
  throw orderInvalid(current);
}

const orderInvalid = ({ problem, status }: Order): AcmeError =>
  new OrderInvalid(problem ?? failure("unknownError", `The CA's order is ${status}, and it did not say why.`).problem);

/** Seconds until the order should be looked at. Where the answer is lost or says `orderNotReady`, the order itself tells. */
async function finalize({ client, account }: Issuing, url: string, csr: Uint8Array): Promise<number | undefined> {
  try {
    return (await client.post(url, { csr: Buffer.from(csr).toString("base64url") }, account)).retryAfter;
  } catch (error) {
    if (hasCode(error, "orderNotReady", "unreachable", "serverInternal", "badAnswer") && error.retryAfter === undefined) return undefined;
    throw error;
  }
}
