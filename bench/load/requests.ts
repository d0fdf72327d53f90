import { Connection, getRequest, openMany } from "./connection.ts";
import type { Load, LoadPlan, Target } from "./plan.ts";
import { Tally } from "./tally.ts";

/** Keep-alive connections, each with one request in flight. */
export async function openRequests(target: Target, plan: LoadPlan & { kind: "requests" }): Promise<Load> {
  const bytes = getRequest(target, plan.path, plan.authorization);
  const connections = await openMany(plan.connections, 8, () => Connection.open(target));
  return {
    close: () => connections.forEach((connection) => connection.destroy()),
    async run(milliseconds) {
      const tally = new Tally();
      const deadline = performance.now() + milliseconds;
      await Promise.all(connections.map((connection) => loop(connection, deadline, tally)));
      return tally.result();
    },
  };

  function loop(connection: Connection, deadline: number, tally: Tally): Promise<void> {
    return new Promise((resolve, reject) => {
      connection.onBroken = reject;
      ask();
      function ask(): void {
        const asked = performance.now();
        connection.request(bytes, ({ status, length }) => {
          if (status !== 200 || length !== plan.length) return reject(wrongAnswer(plan, status, length));
          tally.add(asked, length);
          if (performance.now() < deadline) ask();
          else resolve();
        });
      }
    });
  }
}

export function wrongAnswer(plan: { readonly path: string; readonly length: number }, status: number, length: number): Error {
  return new Error(`GET ${plan.path} was answered ${status} with ${length} octets, not 200 with ${plan.length}`);
}
