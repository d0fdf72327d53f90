/** newOrder (RFC 8555 §7.4), never twice for the same thing. */
import type { OpenAccount } from "./account.ts";
import type { AcmeClient } from "./client.ts";
import type { IssueHooks, IssueRequest } from "./contract.ts";
import { AcmeError, failure, hasCode } from "./failure.ts";
import { isSameSet, toIdentifier } from "./identifiers.ts";
import { asHttpsUrl, asList, asRecord } from "./json.ts";
import { makePrivateKey } from "./jws.ts";
import type { OrderFile, SavedOrder } from "./order-file.ts";
import { renewalIdentifier } from "./renewal-identifier.ts";
import { readOrder, type Order } from "./resources.ts";
import { jsonOf, locationOf } from "./transport.ts";

/** Pages and orders that are looked through for one whose URL was lost. */
const MOST_PAGES = 50;
const MOST_ORDERS = 50;

/** The profile of Let's Encrypt that addresses need. */
const SHORT_LIVED = "shortlived";

export interface Placing {
  readonly client: AcmeClient;
  readonly account: OpenAccount;
  readonly request: IssueRequest;
  readonly hooks: Pick<IssueHooks, "ordering" | "notice">;
  readonly file: OrderFile;
}

interface Found {
  readonly url: string;
  readonly order: Order;
}

export interface PlacedOrder {
  readonly saved: SavedOrder & { readonly url: string };
  readonly order: Order;
}

/**
 * @param saved what is on disk: its challenges that failed are kept, and its key.
 * @param isLeftBehind a killed process wrote it, and the CA may have made the order without its URL having arrived.
 */
export async function placeOrder(placing: Placing, saved: SavedOrder | undefined, isLeftBehind: boolean): Promise<PlacedOrder> {
  const { request, hooks, file, client } = placing;
  const profile = profileFor(request, client.directory.profiles);
  const base: SavedOrder = {
    version: 1,
    ...file.intent,
    key: saved?.key ?? makePrivateKey(),
    ordered: profile === undefined ? {} : { profile },
    tried: saved?.tried ?? {},
  };
  const found = isLeftBehind ? await findLost(placing, profile) : undefined;
  if (found !== undefined) return keep(file, base, found);

  let replaces = await replacedBy(placing);
  for (;;) {
    if (!(await hooks.ordering({ replaces: replaces !== undefined }))) throw failure("declined", "The order was not agreed to.");
    await file.save(base);
    try {
      return await keep(file, base, await newOrder(placing, profile, replaces));
    } catch (error) {
      if (!(error instanceof AcmeError) || !isRefusal(error)) throw error;
      await file.forget();
      if (replaces === undefined || !isAboutReplacing(error)) throw error;
      hooks.notice({ code: "replacesRefused" });
      replaces = undefined;
    }
  }
}

async function newOrder({ client, account, request }: Placing, profile: string | undefined, replaces: string | undefined): Promise<Found> {
  const answer = await client.post(
    client.directory.newOrder,
    {
      identifiers: request.names.map(toIdentifier),
      ...(profile !== undefined && { profile }),
      ...(replaces !== undefined && { replaces }),
    },
    account,
  );
  const order = readOrder(jsonOf(answer));
  if (!isSameSet(order.names, request.names)) throw failure("badAnswer", "The CA made an order for other names than were asked for.");
  return { url: locationOf(answer), order };
}

async function keep(file: OrderFile, base: SavedOrder, { url, order }: Found): Promise<PlacedOrder> {
  const saved = { ...base, url };
  await file.save(saved);
  return { saved, order };
}

/** Whether the CA said no: then there is no order. Anything else may have made one. */
const isRefusal = ({ problem }: AcmeError): boolean => problem.status !== undefined && problem.status >= 400 && problem.status < 500;

/** RFC 9773 §5 and §7.4. A CA that does not know the old certificate, or whose it was, must not stop the new one. */
const isAboutReplacing = (error: AcmeError): boolean =>
  hasCode(error, "alreadyReplaced", "conflict", "malformed", "unauthorized", "badAnswer");

function profileFor({ profile, names }: IssueRequest, offered: readonly string[]): string | undefined {
  if (profile === undefined) return names.some(({ kind }) => kind === "ip") && offered.includes(SHORT_LIVED) ? SHORT_LIVED : undefined;
  if (offered.includes(profile)) return profile;
  const has = offered.length === 0 ? "it has no profiles" : `it has ${offered.join(", ")}`;
  throw failure("invalidProfile", `The CA has no profile "${profile}": ${has}.`);
}

async function replacedBy({ client, request }: Placing): Promise<string | undefined> {
  if (client.directory.renewalInfo === undefined || request.replaces === undefined || request.tacit === true) return undefined;
  return renewalIdentifier(request.replaces);
}

/** newOrder was sent and its answer never came: the account's list of orders (RFC 8555 §7.1.2.1) tells, where the CA keeps one. */
async function findLost(placing: Placing, profile: string | undefined): Promise<Found | undefined> {
  const { client, account, request } = placing;
  for (const url of await openOrders(placing)) {
    const order = readOrder(jsonOf(await client.fetch(url, account)));
    const isOpen = order.status === "pending" || order.status === "ready";
    const isMeant = profile === undefined || order.profile === undefined || order.profile === profile;
    if (isOpen && isMeant && isSameSet(order.names, request.names)) return { url, order };
  }
  return undefined;
}

/** The youngest first. Empty where the CA names a list and does not give it: then newOrder must do. */
async function openOrders({ client, account }: Placing): Promise<readonly string[]> {
  try {
    const urls: string[] = [];
    let page = await account.orders();
    for (let pages = 0; page !== undefined && pages < MOST_PAGES; pages++) {
      const answer = await client.fetch(page, account);
      urls.push(...(asList(asRecord(jsonOf(answer))?.["orders"]) ?? []).flatMap((each) => asHttpsUrl(each) ?? []));
      page = nextPage(answer.fields.get("link"));
    }
    return urls.slice(-MOST_ORDERS).toReversed();
  } catch (error) {
    if (error instanceof AcmeError && isRefusal(error) && !hasCode(error, "accountDoesNotExist", "rateLimited")) return [];
    throw error;
  }
}

/** `Link: <…>;rel="next"` (RFC 8288). */
function nextPage(link: string | null): string | undefined {
  const next = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? "");
  return asHttpsUrl(next?.[1]);
}
