/** One name's authorization (RFC 8555 §7.5): a challenge is presented, the CA looks, and says what it found. */
import type { ServedName } from "../../config/served-name.ts";
import { answerTo } from "./challenge-answer.ts";
import type { OpenAccount } from "./account.ts";
import type { AcmeClient } from "./client.ts";
import type { AcmeProblem, ChallengeType, IssueHooks } from "./contract.ts";
import { failure, hasCode, oneLine } from "./failure.ts";
import { poll } from "./poll.ts";
import { readAuthorization, type Authorization, type OfferedChallenge } from "./resources.ts";
import { jsonOf, repeated } from "./transport.ts";

export type Authorized =
  /** `challenge` undefined: the CA remembered an earlier one. */
  | { readonly kind: "valid"; readonly name: ServedName; readonly challenge: ChallengeType | undefined }
  /**
   * The CA looked and did not find it: the authorization, and its order, are over. `mine` is false where it was over before this process
   * began: a killed one was asked and could not answer, which says nothing about the challenge.
   */
  | {
      readonly kind: "invalid";
      readonly mine: boolean;
      readonly name: ServedName;
      readonly challenge: ChallengeType;
      readonly problem: AcmeProblem;
    }
  /** None of the wanted challenges could be tried; the CA was not asked to look. */
  | { readonly kind: "impossible"; readonly name: ServedName; readonly problem: AcmeProblem };

export interface Authorizing {
  readonly client: AcmeClient;
  readonly account: OpenAccount;
  readonly hooks: Pick<IssueHooks, "present" | "cleanUp">;
  /** Milliseconds. */
  readonly patience: number;
  /** Wanted for this name, the first first. */
  wantedFor(name: ServedName): readonly ChallengeType[];
}

export async function authorize(context: Authorizing, url: string): Promise<Authorized> {
  const authorization = readAuthorization(jsonOf(await context.client.fetch(url, context.account)));
  const { name, status } = authorization;
  if (status === "valid") return { kind: "valid", name, challenge: undefined };
  if (status !== "pending") return overWith(authorization);

  // A killed process may have asked already: then the CA is at it, and only that challenge counts.
  const begun = authorization.challenges.find((challenge) => challenge.status === "processing");
  const wanted = context.wantedFor(name);
  let problem = failure("noChallenge", "The CA offers none of the wanted challenges.").problem;
  for (const type of wanted) {
    const challenge = (begun === undefined ? authorization.challenges : [begun]).find((offered) => offered.type === type);
    if (challenge === undefined) continue;
    const answer = await answerTo(type, name, challenge.token, context.account.signer.thumbprint);
    try {
      await context.hooks.present(answer);
    } catch (error) {
      problem = failure("notPresented", oneLine(error instanceof Error ? error.message : String(error))).problem;
      continue;
    }
    try {
      return await prove(context, url, type, challenge);
    } finally {
      await context.hooks.cleanUp(answer);
    }
  }
  return { kind: "impossible", name, problem };
}

async function prove(context: Authorizing, url: string, type: ChallengeType, challenge: OfferedChallenge): Promise<Authorized> {
  const { client, account, patience } = context;
  if (challenge.status === "pending") await askToLook(context, url, challenge);
  const decided = await poll({
    client,
    signed: account,
    url,
    read: readAuthorization,
    isDone: ({ status }) => status !== "pending",
    patience,
    waitingFor: "The CA has not decided about a challenge yet.",
  });
  if (decided.status === "valid") return { kind: "valid", name: decided.name, challenge: type };
  return overWith(decided, type);
}

/** Failed authorizations of an order that a killed process left: they count at the CA. */
export async function failedBefore({ client, account }: Pick<Authorizing, "client" | "account">, urls: readonly string[]) {
  const failed: Extract<Authorized, { kind: "invalid" }>[] = [];
  for (const url of urls) {
    const authorization = readAuthorization(jsonOf(await client.fetch(url, account)));
    if (authorization.status === "invalid") failed.push(overWith(authorization));
  }
  return failed;
}

/** Where the answer was lost, the challenge itself tells whether the request arrived. */
function askToLook({ client, account }: Authorizing, url: string, challenge: OfferedChallenge): Promise<void> {
  return repeated(async () => {
    try {
      await client.post(challenge.url, {}, account);
    } catch (error) {
      if (!hasCode(error, "malformed", "unreachable", "serverInternal", "badAnswer")) throw error;
      const { status, challenges } = readAuthorization(jsonOf(await client.fetch(url, account)));
      const isWaiting = challenges.some((each) => each.url === challenge.url && each.status === "pending");
      if (status === "pending" && isWaiting) throw error;
    }
  }, client.signal);
}

function overWith({ name, status, challenges }: Authorization, tried?: ChallengeType): Extract<Authorized, { kind: "invalid" }> {
  const failed = challenges.find((each) => each.status === "invalid" || each.problem !== undefined);
  const problem = failed?.problem ?? failure("unauthorized", `The authorization is ${status}.`).problem;
  const challenge = tried ?? (failed?.type === "tls-alpn-01" ? "tls-alpn-01" : "http-01");
  return { kind: "invalid", mine: tried !== undefined, name, challenge, problem };
}
