/** SIGKILL at every point of an order: the next run goes on where it was, and the CA never sees a second order. */
import { readdirSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { IssueHooks, IssueOutcome, IssueRequest } from "../../src/certificates/acme/contract.ts";
import { acmeProtocol } from "../../src/certificates/acme/issuer.ts";
import { name, PATIENCE, remembering, requestFor } from "../certificates/acme/support.ts";
import { startChallengeServer, type ChallengeServer } from "../support/challenge-server.ts";
import { eventually, pause } from "../support/eventually.ts";
import { startFaultCa, type FaultCa, type Kind } from "../support/fault-ca.ts";
import { hasPebble, startPebble, type RunningPebble } from "../support/pebble.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { acmeChildrenOf } from "./processes.ts";

const never = new AbortController().signal;
const acme = acmeProtocol(PATIENCE);
const NAMES = [name("ai.test"), name("chat.ai.test")] as const;

const KINDS: readonly Kind[] = [
  "directory",
  "newNonce",
  "newAccount",
  "newOrder",
  "authorization",
  "challenge",
  "order",
  "finalize",
  "certificate",
];
const HOOKS = ["registering", "ordering", "present", "cleanUp", "store"] as const;

let pebble: RunningPebble;

describe.skipIf(!hasPebble)("a child that is killed", () => {
  beforeAll(async () => {
    pebble = await startPebble({ rejectedNonces: 0 }, true);
  });
  afterAll(() => pebble.close());

  /** Challenge answers stay in place when the child dies: the edge's listeners live on, and Pebble may be about to look. */
  async function stage(): Promise<{ ca: FaultCa; solver: ChallengeServer; request: IssueRequest }> {
    const solver = await startChallengeServer({ hosts: [pebble.host], httpPort: pebble.httpPort, tlsPort: pebble.tlsPort });
    const ca = await startFaultCa(pebble);
    return { ca, solver, request: await requestFor(ca.directory, NAMES, { state: await scratchDirectory() }) };
  }

  it.each(KINDS.flatMap((kind) => [["before", kind] as const, ["after", kind] as const]))(
    "%s the CA has dealt with the %s request orders nothing twice",
    async (when, kind) => {
      const { ca, solver, request } = await stage();
      const { hooks, heard } = remembering({ present: solver.present, cleanUp: async () => {} });
      ca.faults.push(
        when === "before"
          ? { kind, nth: 1, before: killChild, instead: "cut" }
          : {
              kind,
              nth: 1,
              after: (answer) => {
                killChild();
                return answer;
              },
            },
      );
      expectKilled(await acme.issue(request, hooks, never));
      const outcome = await acme.issue(request, hooks, never);
      expect(outcome).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(1);
      expect(ca.seen.filter((each) => each.kind === "newAccount" && each.upstream === 201)).toHaveLength(1);
      expect(heard.stored).toHaveLength(1);
      expect(heard.failures).toEqual([]);
    },
  );

  it.each(HOOKS)("while the edge deals with its question %j orders nothing twice", async (hook) => {
    const { ca, solver, request } = await stage();
    const { hooks } = remembering({ present: solver.present, cleanUp: async () => {} });
    const killing: IssueHooks = {
      ...hooks,
      [hook]: async () => {
        killChild();
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new Error("the edge was busy with it");
      },
    };
    await acme.issue(request, killing, never).catch(() => {});
    const outcome = await acme.issue(request, hooks, never);
    expect(outcome).toMatchObject({ kind: "issued" });
    expect(ca.accepted("newOrder")).toBe(1);
    expect(ca.seen.filter((each) => each.kind === "newAccount" && each.upstream === 201)).toHaveLength(1);
  });

  it("after its certificate was stored has done its work, and the same certificate is not handed out as a renewal", async () => {
    const { ca, solver, request } = await stage();
    const { hooks, heard } = remembering(solver);
    const stored = async (issued: Parameters<IssueHooks["store"]>[0]): Promise<void> => {
      await hooks.store(issued);
      killChild();
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const outcome = await acme.issue(request, { ...hooks, store: stored }, never);
    expect(outcome).toMatchObject({ kind: "issued" });
    expect(orderFiles(request)).toHaveLength(1); // it had no time to forget it
    const { certificate } = heard.stored[0]!;
    const renewed = await acme.issue({ ...request, replaces: certificate }, hooks, never);
    expect(renewed).toMatchObject({ kind: "issued" });
    expect(heard.stored[1]?.certificate).not.toBe(certificate);
    expect(ca.accepted("newOrder")).toBe(2);
    expect(orderFiles(request)).toEqual([]);
  });

  it("during a validation that then fails, as nobody answers, costs one new order and no challenge type", async () => {
    const { ca, solver, request } = await stage();
    const before = pebble.log.length;
    const { hooks, heard } = remembering(solver); // answers go when the child goes
    solver.silent.add("http-01");
    ca.faults.push({
      kind: "challenge",
      nth: 1,
      after: (answer) => {
        killChild();
        return answer;
      },
    });
    const forced: IssueRequest = { ...request, names: [name("ai.test")], challenges: ["http-01"] };
    expectKilled(await acme.issue(forced, hooks, never));
    expect(solver.standing.size).toBe(0);
    await eventually(() => pebble.log.slice(before).some((line) => line.includes("set INVALID"))); // it found out that nobody answers
    solver.silent.clear();
    expect(await acme.issue(forced, hooks, never)).toMatchObject({ kind: "issued" });
    expect(heard.failures).toMatchObject([{ name: name("ai.test"), challenge: "http-01" }]);
    expect(ca.accepted("newOrder")).toBe(2);
  });

  it("fifty times in a row, at a request of chance and a moment after it, leaves one order", async () => {
    const { ca, solver, request } = await stage();
    const { hooks, heard } = remembering({ present: solver.present, cleanUp: async () => {} });
    let left = Infinity;
    const strike = async (): Promise<void> => {
      if (--left > 0) return;
      left = Infinity;
      if (Math.random() < 0.5) await pause(Math.random() * 20);
      killChild();
    };
    ca.faults.push(...KINDS.map((kind) => ({ kind, before: strike })));
    for (let run = 0; run < 50 && heard.stored.length === 0; run++) {
      left = 1 + Math.floor(Math.random() * 6);
      await acme.issue(request, hooks, never).catch(() => {});
    }
    left = Infinity;
    if (heard.stored.length === 0) await acme.issue(request, hooks, never);
    expect(heard.stored).toHaveLength(1);
    expect(ca.accepted("newOrder")).toBe(1);
  });
});

function expectKilled(outcome: IssueOutcome): void {
  expect(outcome).toMatchObject({ kind: "failed", stage: "local", problem: { code: "childEnded" } });
}

const orderFiles = ({ folder }: IssueRequest): readonly string[] => readdirSync(folder).filter((file) => file.startsWith("order-"));

function killChild(): void {
  for (const pid of acmeChildrenOf(process.pid)) process.kill(pid, "SIGKILL");
}
