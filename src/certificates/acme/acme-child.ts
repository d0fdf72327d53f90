/** The child process: one piece of work for the edge, told over IPC, and out. It ends when the edge does. */
import { setDefaultAutoSelectFamilyAttemptTimeout } from "node:net";

import type { IssueHooks } from "./contract.ts";
import { failure, oneLine } from "./failure.ts";
import { isToChild, type FromChild, type Outcome, type Question, type ToChild } from "./messages.ts";
import { perform } from "./perform.ts";

process.title = "openclaw-edge acme";
// Milliseconds for one of the CA's addresses before the next is tried. The runtime's own fraction of a second is too short for far or slow lines.
setDefaultAutoSelectFamilyAttemptTimeout(3_000);

const questions = new Map<number, PromiseWithResolvers<boolean>>();
/** Nothing aborts it: to end the work is to end the process. */
const { signal } = new AbortController();
let isWorking = false;

process.on("disconnect", () => process.exit(1));
process.on("message", (message: unknown) => {
  if (isToChild(message)) return receive(message);
  throw new Error("The edge sent a message that is none of ours."); // its last words, and its end
});
tell({ kind: "ready" });

function receive(message: ToChild): void {
  switch (message.kind) {
    case "work":
      if (!isWorking) void work(message);
      isWorking = true;
      return;
    case "answer":
      return questions.get(message.id)?.resolve(message.value);
    case "refusal":
      return questions.get(message.id)?.reject(new Error(message.reason));
    default:
      message satisfies never;
  }
}

async function work({ task, patience }: Extract<ToChild, { kind: "work" }>): Promise<void> {
  const outcome = await perform(task, hooks, patience, signal).catch((error: unknown): Outcome => {
    const detail = oneLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    return { kind: "failed", stage: "local", problem: failure("childEnded", detail).problem, failedNames: [] };
  });
  process.send?.({ kind: "done", outcome } satisfies FromChild, () => process.exit(0));
}

function tell(message: FromChild): void {
  process.send?.(message);
}

function ask(question: Question): Promise<boolean> {
  const id = questions.size;
  const answer = Promise.withResolvers<boolean>();
  questions.set(id, answer);
  tell({ kind: "question", id, question });
  return answer.promise;
}

const hooks: IssueHooks = {
  registering: (argument) => ask({ hook: "registering", argument }),
  ordering: (argument) => ask({ hook: "ordering", argument }),
  present: async (argument) => void (await ask({ hook: "present", argument })),
  cleanUp: async (argument) => void (await ask({ hook: "cleanUp", argument })),
  failedAuthorization: async (argument) => void (await ask({ hook: "failedAuthorization", argument })),
  store: async (argument) => void (await ask({ hook: "store", argument })),
  notice: (notice) => tell({ kind: "notice", notice }),
};
