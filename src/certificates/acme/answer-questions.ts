import type { ChildProcess } from "node:child_process";

import type { Challenge, IssuedCertificate, IssueHooks } from "./contract.ts";
import { oneLine } from "./failure.ts";
import type { Question, ToChild } from "./messages.ts";

export interface Asking {
  answer(id: number, question: Question, kill: (why: string) => void): void;
  /** When the child has gone: waits for hooks that still run, and takes down what is still presented. */
  end(): Promise<void>;
  /** The certificate that `store` has kept. */
  readonly stored: IssuedCertificate | undefined;
  /** What a hook threw. */
  readonly thrown: { readonly cause: unknown } | undefined;
}

/** Answers the child's questions with the hooks, several at a time. */
export function answerQuestions(child: ChildProcess, hooks: IssueHooks): Asking {
  const presented = new Map<string, Challenge>();
  const running = new Set<Promise<void>>();
  let stored: IssuedCertificate | undefined;
  let thrown: { readonly cause: unknown } | undefined;

  async function consult({ hook, argument }: Question): Promise<boolean> {
    switch (hook) {
      case "registering":
        return hooks.registering(argument);
      case "ordering":
        return hooks.ordering(argument);
      case "present":
        presented.set(placeOf(argument), argument);
        await hooks.present(argument);
        return true;
      case "cleanUp":
        await cleanUp(argument);
        return true;
      case "failedAuthorization":
        await hooks.failedAuthorization(argument);
        return true;
      case "store":
        await hooks.store(argument);
        stored = argument;
        return true;
      default:
        return hook satisfies never;
    }
  }

  async function cleanUp(challenge: Challenge): Promise<void> {
    if (!presented.delete(placeOf(challenge))) return;
    await hooks.cleanUp(challenge).catch(() => {});
  }

  async function respond(id: number, question: Question, kill: (why: string) => void): Promise<void> {
    try {
      reply({ kind: "answer", id, value: await consult(question) });
    } catch (cause) {
      if (question.hook === "present") {
        await cleanUp(question.argument);
        return reply({ kind: "refusal", id, reason: oneLine(cause instanceof Error ? cause.message : String(cause)) });
      }
      thrown ??= { cause };
      kill("The edge failed to answer it.");
    }
  }

  function reply(message: ToChild): void {
    if (child.connected) child.send(message, () => {}); // that it has gone is told by its exit
  }

  return {
    answer(id, question, kill) {
      const answered = respond(id, question, kill).finally(() => running.delete(answered));
      running.add(answered);
    },
    async end() {
      await Promise.allSettled(running);
      await Promise.all([...presented.values()].map(cleanUp));
    },
    get stored() {
      return stored;
    },
    get thrown() {
      return thrown;
    },
  };
}

/** Where it is found by the CA: no two have the same. */
const placeOf = (challenge: Challenge): string =>
  challenge.type === "http-01" ? `http-01 ${challenge.token}` : `tls-alpn-01 ${challenge.serverName}`;
