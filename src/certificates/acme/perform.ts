/** One piece of work from its first request to its outcome: what the child does, and what can be tested without one. */
import { openAccount, type AccountContext, type OpenAccount } from "./account.ts";
import { openClient, type AcmeClient } from "./client.ts";
import type { AcmePatience, DirectoryInfo, FailedName, IssueHooks, IssueRequest, Stage } from "./contract.ts";
import { AcmeError, failure, hasCode } from "./failure.ts";
import { keyOf } from "./identifiers.ts";
import type { Outcome, Task } from "./messages.ts";
import { issueCertificate, NamesFailed, type Issuing } from "./order.ts";
import { renewalInfo } from "./renewal-info.ts";
import { revoke } from "./revoke.ts";

/** Failures are outcomes; only an abort, and what a hook throws, are thrown. */
export async function perform(task: Task, hooks: IssueHooks, patience: AcmePatience, signal: AbortSignal): Promise<Outcome> {
  let stage: Stage = "directory";
  const enter = (next: Stage): void => {
    stage = next;
  };
  try {
    const client = await openClient(task.request.directory, patience, signal);
    return await performWith(client, task, hooks, patience, enter);
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error;
    const { problem, retryAfter } = error;
    const isLocal = problem.code === "files";
    return {
      kind: "failed",
      stage: isLocal ? "local" : stage,
      problem,
      ...(retryAfter !== undefined && { retryAfter }),
      failedNames: error instanceof NamesFailed ? error.failedNames : namedIn(error, task),
    };
  }
}

async function performWith(
  client: AcmeClient,
  task: Task,
  hooks: IssueHooks,
  patience: AcmePatience,
  enter: (stage: Stage) => void,
): Promise<Outcome> {
  const context = (
    request: AccountContext["account"] extends infer A ? { readonly directory: { readonly url: string }; readonly account: A } : never,
  ): AccountContext => ({
    client,
    directoryUrl: request.directory.url,
    account: request.account,
    hooks,
  });
  switch (task.task) {
    case "directory":
      return describe(client);
    case "renewalInfo":
      enter("renewalInfo");
      return renewalInfo(client, task.request.certificate);
    case "register": {
      enter("account");
      return { kind: "registered", accountUrl: (await openAccount(context(task.request))).url };
    }
    case "revoke":
      enter("revoke");
      await revoke(client, task.request, () => existingAccount(context(task.request)));
      return { kind: "revoked" };
    case "issue": {
      enter("account");
      const account = await openAccount(context(task.request));
      await issue({ client, account, request: task.request, hooks, patience, enter });
      return { kind: "issued" };
    }
    default:
      return task satisfies never;
  }
}

/** A CA may forget accounts (staging areas are wiped now and then): the key is registered again, once, and the order with it is gone. */
async function issue(issuing: Issuing): Promise<void> {
  try {
    await issueCertificate(issuing);
  } catch (error) {
    if (!hasCode(error, "accountDoesNotExist")) throw error;
    issuing.enter("account");
    await issueCertificate({ ...issuing, account: await issuing.account.registerAgain() });
  }
}

/** Revoking must not make accounts. */
async function existingAccount(context: AccountContext): Promise<OpenAccount> {
  return openAccount({ ...context, hooks: { ...context.hooks, registering: async () => false } });
}

const describe = ({ directory, clockAhead }: AcmeClient): DirectoryInfo => {
  const ahead = clockAhead();
  return {
    kind: "directory",
    termsOfService: directory.termsOfService,
    caaIdentities: directory.caaIdentities,
    externalAccountRequired: directory.externalAccountRequired,
    profiles: directory.profiles,
    hasRenewalInfo: directory.renewalInfo !== undefined,
    clockAhead: ahead === undefined ? undefined : Math.round(ahead / 1_000),
  };
};

/** The names that the CA itself named in a refusal (RFC 8555 §6.7.1). */
function namedIn({ problem }: AcmeError, task: Task): readonly FailedName[] {
  if (task.task !== "issue") return [];
  const names: IssueRequest["names"] = task.request.names;
  return problem.subproblems.flatMap(({ identifier, code, detail }) => {
    const name = identifier && names.find((each) => keyOf(each) === keyOf(identifier));
    return name === undefined
      ? []
      : [{ name, problem: { ...failure(code, detail).problem, ...(problem.status !== undefined && { status: problem.status }) } }];
  });
}
