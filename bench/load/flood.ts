import { setTimeout as sleep } from "node:timers/promises";

import { Connection, getRequest } from "./connection.ts";
import type { Load, LoadPlan, Target } from "./plan.ts";
import { Tally } from "./tally.ts";

/**
 * Wrong passwords at a steady rate. The rate is bounded on purpose: what is measured is what the checks cost the others, not how
 * many answers a core can give. A run fails when one of the passwords is taken for right.
 */
export function openFlood(target: Target, plan: LoadPlan & { kind: "flood" }): Load {
  let serial = 0;
  return {
    close: () => undefined,
    async run(milliseconds) {
      const tally = new Tally();
      const deadline = performance.now() + milliseconds;
      const pause = (1_000 * plan.connections) / plan.perSecond;
      await Promise.all(
        Array.from({ length: plan.connections }, async (_, index) => {
          await sleep((pause * index) / plan.connections);
          const address = plan.addresses[index % plan.addresses.length];
          let connection: Connection | undefined;
          while (performance.now() < deadline) {
            const asked = performance.now();
            connection = await attempt(connection, address, deadline, tally);
            await sleep(Math.max(0, pause - (performance.now() - asked)));
          }
          connection?.destroy();
        }),
      );
      return tally.result();
    },
  };

  /** Returns the connection, if it may be used again. An answer that has not come by the deadline is not waited for. */
  function attempt(
    open: Connection | undefined,
    address: string | undefined,
    deadline: number,
    tally: Tally,
  ): Promise<Connection | undefined> {
    return new Promise((resolve, reject) => {
      const asked = performance.now();
      const timer = setTimeout(() => give(undefined), Math.max(1, deadline - asked));
      let connection = open;
      if (connection) ask(connection);
      else Connection.open(target, { localAddress: address }).then(ask, () => give(undefined));

      function ask(ready: Connection): void {
        connection = ready;
        ready.onBroken = () => give(undefined);
        const name = plan.names[++serial % plan.names.length]?.replace("*", `stranger${serial}`);
        const credentials = `Basic ${Buffer.from(`${name}:wrong password ${process.pid} ${serial}`).toString("base64")}`;
        ready.request(getRequest(target, plan.path, credentials), ({ status }) => {
          if (status === 200) return reject(new Error("a wrong password was taken for right"));
          tally.add(asked, 0);
          tally.addStatus(status);
          give(ready);
        });
      }
      function give(reusable: Connection | undefined): void {
        clearTimeout(timer);
        if (!reusable) connection?.destroy();
        resolve(reusable);
      }
    });
  }
}
