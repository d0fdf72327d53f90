import { Connection, getRequest } from "./connection.ts";
import type { Load, LoadPlan, Target } from "./plan.ts";
import { wrongAnswer } from "./requests.ts";
import { Tally } from "./tally.ts";

/** Connect, full handshake, one GET, close, and again. */
export function openHandshakes(target: Target, plan: LoadPlan & { kind: "handshakes" }): Load {
  const bytes = getRequest(target, plan.path, plan.authorization);
  return {
    close: () => undefined,
    async run(milliseconds) {
      const tally = new Tally();
      const deadline = performance.now() + milliseconds;
      await Promise.all(
        Array.from({ length: plan.concurrency }, async () => {
          do await visit(tally);
          while (performance.now() < deadline);
        }),
      );
      return tally.result();
    },
  };

  async function visit(tally: Tally): Promise<void> {
    const asked = performance.now();
    const connection = await Connection.open(target, { groups: plan.groups });
    if (connection.socket.isSessionReused()) throw new Error("the handshake was not a full one");
    await new Promise<void>((resolve, reject) => {
      connection.onBroken = reject;
      connection.request(bytes, ({ status, length }) => {
        if (status !== 200 || length !== plan.length) return reject(wrongAnswer(plan, status, length));
        tally.add(asked, length);
        resolve();
      });
    });
    await connection.end();
  }
}
