/** The process that does the work: it can't hold the edge up, it leaves nothing behind, and the edge carries none of its memory. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { IssueRequest } from "../../src/certificates/acme/contract.ts";
import { acmeProtocol } from "../../src/certificates/acme/issuer.ts";
import { name, PATIENCE, remembering, requestFor } from "../certificates/acme/support.ts";
import { startChallengeServer, type ChallengeServer } from "../support/challenge-server.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultCa } from "../support/fault-ca.ts";
import { hasPebble, startPebble, type RunningPebble } from "../support/pebble.ts";
import { acmeChildrenOf } from "./processes.ts";

const never = new AbortController().signal;
const acme = acmeProtocol(PATIENCE);
const PARENT = join(import.meta.dirname, "parent.ts");

let pebble: RunningPebble;
let solver: ChallengeServer;

describe.skipIf(!hasPebble)("the child process", () => {
  beforeAll(async () => {
    pebble = await startPebble({ alwaysValid: true, rejectedNonces: 0 }, true);
    solver = await startChallengeServer({ hosts: [pebble.host], httpPort: pebble.httpPort, tlsPort: pebble.tlsPort }, true);
  });
  afterAll(async () => {
    await solver.close();
    await pebble.close();
  });

  it("is gone when the work is aborted, whatever it waits for, and its challenges are taken down", async () => {
    const ca = await startFaultCa(pebble, [{ kind: "challenge", instead: "silence" }]);
    const { hooks } = remembering(solver);
    const controller = new AbortController();
    const work = acme.issue(await requestFor(ca.directory, [name("ai.test")]), hooks, controller.signal);
    await eventually(() => ca.count("challenge") > 0, 60_000);
    expect(solver.standing.size).toBe(1);
    controller.abort(new Error("the edge is shutting down"));
    await expect(work).rejects.toThrow("the edge is shutting down");
    expect(acmeChildrenOf(process.pid)).toEqual([]);
    expect(solver.standing.size).toBe(0);
  });

  it("does not start for work that was aborted before", async () => {
    const request = await requestFor(pebble.directory, [name("ai.test")]);
    await expect(acme.issue(request, remembering(solver).hooks, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    expect(existsSync(request.account.folder)).toBe(false);
  });

  it("is killed when it takes longer than it may", async () => {
    const ca = await startFaultCa(pebble, [{ kind: "directory", instead: "silence" }]);
    const outcome = await acmeProtocol({ ...PATIENCE, work: 1_500 }).directory(ca.directory, never);
    expect(outcome).toMatchObject({
      kind: "failed",
      stage: "local",
      problem: { code: "childEnded", detail: "It took longer than 1500 ms." },
    });
    expect(acmeChildrenOf(process.pid)).toEqual([]);
  });

  it.each(["directory", "newOrder", "finalize"] as const)(
    "ends when the edge is killed while the CA deals with %s, and the next edge goes on with the same order",
    async (kind) => {
      const ca = await startFaultCa(pebble, [{ kind, after: "silence" }]);
      const request = await requestFor(ca.directory, [name("ai.test")]);
      const parent = startParent(request);
      await eventually(() => ca.seen.some((each) => each.kind === kind && each.upstream === (kind === "newOrder" ? 201 : 200)), 60_000);
      const children = acmeChildrenOf(parent.pid ?? 0);
      expect(children).toHaveLength(1);
      parent.kill("SIGKILL");
      await eventually(
        () => children.every((pid) => !existsSync(`/proc/${pid}`)),
        60_000,
        () => `the child ${children} lives on`,
      );
      ca.faults.splice(0);
      expect(await acme.issue(request, remembering(solver).hooks, never)).toMatchObject({ kind: "issued" });
      expect(ca.accepted("newOrder")).toBe(1);
    },
  );

  it("knows how to reach the network, and none of the edge's secrets; its arguments tell nothing", async () => {
    const ca = await startFaultCa(pebble, [{ kind: "newAccount", instead: "silence" }]);
    const request = await requestFor(ca.directory, [name("ai.test")]);
    const account = { ...request.account, externalAccount: { keyIdentifier: "kid-1", macKey: "c2VjcmV0LXNlY3JldC1zZWNyZXQ" } };
    const parent = startParent({ ...request, account }, { EDGE_SECRET: "sesame", HTTPS_PROXY: "http://proxy.test" });
    await eventually(() => ca.count("newAccount") > 0, 60_000);
    const [child] = acmeChildrenOf(parent.pid ?? 0);
    expect(getPriority(child)).toBe(10); // it yields to whoever is being served
    const environment = readFileSync(`/proc/${child}/environ`, "utf8").split("\0");
    expect(environment).toContain("HTTPS_PROXY=http://proxy.test");
    expect(environment.join(" ")).not.toContain("sesame");
    expect(readFileSync(`/proc/${child}/cmdline`, "utf8")).not.toMatch(/sesame|kid-1|c2Vjcm/);
    parent.kill("SIGKILL");
  });

  it("leaves the edge without jose, @peculiar/x509 and fetch, after a certificate, its renewal window and its revocation", async () => {
    const parent = startParent(await requestFor(pebble.directory, [name("ai.test")]));
    const [report] = (await once(parent, "message")) as [{ outcomes: readonly string[]; loaded: readonly string[] }];
    expect(report.outcomes).toEqual(["issued", "window", "revoked"]);
    expect(report.loaded.filter((module) => /jose|peculiar|reflect-metadata|undici/.test(module))).toEqual([]);
    expect(report.loaded.some((module) => module.endsWith("/acme/issuer.ts"))).toBe(true);
    parent.kill();
  });

  it("is not believed when the edge's own hook fails: what the hook threw is what comes back", async () => {
    const request = await requestFor(pebble.directory, [name("ai.test")]);
    const { hooks } = remembering(solver);
    const full = { ...hooks, store: () => Promise.reject(new Error("ENOSPC")) };
    await expect(acme.issue(request, full, never)).rejects.toThrow("ENOSPC");
    const again = remembering(solver);
    expect(await acme.issue(request, again.hooks, never)).toMatchObject({ kind: "issued" });
    expect(again.heard.orders).toEqual([]); // the order was kept, and no other one made
  });

  it("tries the other challenge where the edge can't present one, and asks the CA for nothing new", async () => {
    const ca = await startFaultCa(pebble);
    const { hooks, heard } = remembering({
      cleanUp: solver.cleanUp,
      present: async (challenge) => {
        if (challenge.type === "http-01") throw new Error("port 80 is taken");
        await solver.present(challenge);
      },
    });
    const request = await requestFor(ca.directory, [name("ai.test")]);
    expect(await acme.issue(request, hooks, never)).toMatchObject({ kind: "issued", proved: [{ challenge: "tls-alpn-01" }] });
    expect(ca.accepted("newOrder")).toBe(1);
    expect(heard.failures).toEqual([]);
    const forced = await requestFor(ca.directory, [name("ai.test")], { challenges: ["http-01"] });
    expect(await acme.issue(forced, hooks, never)).toMatchObject({
      kind: "failed",
      failedNames: [{ name: name("ai.test"), problem: { code: "notPresented", detail: "port 80 is taken" } }],
    });
  });
});

/** A process in the edge's place. It ends with the test file. */
function startParent(request: IssueRequest, environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const parent = fork(PARENT, {
    execArgv: [],
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  parent.send(request);
  return parent;
}
