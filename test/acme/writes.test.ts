/** SIGKILL at every write to the disk in the course of an order, half-done writes included. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename, join } from "node:path";

import { describe, expect, it } from "vitest";

import type { IssueRequest } from "../../src/certificates/acme/contract.ts";
import { name, PATIENCE } from "../certificates/acme/support.ts";
import { startFaultCa, type Kind } from "../support/fault-ca.ts";
import { killAtEveryWrite } from "../support/kill-points.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";

const PERFORM = new URL("../../src/certificates/acme/perform.ts", import.meta.url).href;

/** The child's work, without the process around it. */
const program = (request: IssueRequest): readonly string[] => [
  "--input-type=module",
  "--eval",
  `import { perform } from ${JSON.stringify(PERFORM)};
   const yes = async () => true;
   const hooks = { registering: yes, ordering: yes, present: yes, cleanUp: yes, failedAuthorization: yes, store: yes, notice: console.log };
   const task = { task: "issue", request: ${JSON.stringify(request)} };
   const outcome = await perform(task, hooks, ${JSON.stringify(PATIENCE)}, new AbortController().signal);
   if (outcome.kind !== "issued") throw new Error(JSON.stringify(outcome));
   process.exit(0);`,
];

describe.skipIf(!hasPebble)("a process that is killed at any of its writes", () => {
  it("has made one account and one order once it has run again, and reports no damaged file", async () => {
    const pebble = await startPebble({ alwaysValid: true, rejectedNonces: 0 });
    const ca = await startFaultCa(pebble);
    /** What tells the trials apart at the CA: they run side by side. */
    const markOf = (directory: string): string =>
      basename(directory)
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, "");
    const requestIn = (directory: string): IssueRequest => ({
      directory: ca.directory,
      account: { folder: join(directory, "account"), email: `${markOf(directory)}@example.com` },
      folder: join(directory, "order"),
      names: [name(`${markOf(directory)}.test`)],
      challenges: ["http-01"],
    });
    const made = (kind: Kind, directory: string): number =>
      ca.seen.filter((each) => each.kind === kind && each.upstream === 201 && JSON.stringify(each.payload).includes(markOf(directory)))
        .length;
    const points = await killAtEveryWrite({
      program: (directory) => program(requestIn(directory)),
      look: async () => undefined,
      async recover(directory) {
        const again = spawn(process.execPath, program(requestIn(directory)), { stdio: ["ignore", "pipe", "inherit"] });
        let said = "";
        again.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
        expect(await once(again, "close")).toEqual([0, null]);
        expect(said).toBe("");
        expect([made("newAccount", directory), made("newOrder", directory)]).toEqual([1, 1]);
      },
    });
    expect(points.length).toBeGreaterThan(30);
  });
});
