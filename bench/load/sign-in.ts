import { setTimeout as sleep } from "node:timers/promises";

import { Connection, getRequest, type Answer } from "./connection.ts";
import type { Load, LoadPlan, Target } from "./plan.ts";
import { Tally } from "./tally.ts";

/** Who gets no 200 within this time (60 s) is told that there is no way in. */
const PATIENCE = 60_000;

/** Somebody who signs in afresh and, told to wait, waits. The latency is from the first attempt to the 200. */
export function openSignIn(target: Target, plan: LoadPlan & { kind: "sign-in" }): Load {
  return {
    close: () => undefined,
    async run() {
      const tally = new Tally();
      const asked = performance.now();
      while (performance.now() - asked < PATIENCE) {
        const { status, retryAfter } = await visit();
        tally.addStatus(status);
        if (status === 200) {
          tally.add(asked, 0);
          return tally.result();
        }
        if (status !== 503 && status !== 429) throw new Error(`a right password was answered ${status}`);
        await sleep((retryAfter ?? 1) * 1_000);
      }
      throw new Error(`a right password was not let in within ${PATIENCE / 1_000} s`);
    },
  };

  async function visit(): Promise<Answer> {
    const connection = await Connection.open(target, { localAddress: plan.address });
    try {
      return await new Promise((resolve, reject) => {
        connection.onBroken = reject;
        connection.request(getRequest(target, plan.path, plan.authorization, plan.cookie), resolve);
      });
    } finally {
      connection.destroy();
    }
  }
}
