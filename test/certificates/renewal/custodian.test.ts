import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import type { Custodian } from "../../../src/certificates/renewal/custodian.ts";
import { writeFileAtomic } from "../../../src/state/atomic-file.ts";
import { eventually } from "../../support/eventually.ts";
import {
  CA,
  failure,
  issuing,
  NAME,
  OFFER,
  OTHER_CA,
  refusing,
  room,
  server,
  STAGING,
  unreachable,
  type Behaviour,
  type Room,
} from "./support.ts";

const FORCE = { force: true } as const;
const IF_DUE = { force: false } as const;
const MINUTE = 60_000;
const DAY = 86_400_000;

const record = async ({ directory }: Room) =>
  JSON.parse(await readFile(join(directory, NAME.value, "renewal.json"), "utf8")) as Readonly<Record<string, unknown>>;
/** At once: a custodian that looks meanwhile must not find half a record, and put it aside. */
const change = async (here: Room, changes: object): Promise<void> =>
  writeFileAtomic(join(here.directory, NAME.value, "renewal.json"), JSON.stringify({ ...(await record(here)), ...changes }), 0o600);
/** Obtains a certificate, and leaves nobody behind who looks after it. */
const obtained = async (here: Room, name = NAME): Promise<void> => {
  const custodian = await here.open(name);
  await custodian.renew(IF_DUE);
  await custodian.close();
};
/** Milliseconds from now to the next attempt. */
const wait = ({ status }: Custodian): number => Date.parse(status.next ?? "") - Date.now();
const issues = ({ cas }: Room): readonly string[] => cas.asked.filter((what) => what.startsWith("issue")).map((what) => what.slice(6));

describe("a certificate", () => {
  it("is obtained when there is none, by itself, and kept where other programs find it", async () => {
    const here = await room();
    const custodian = await here.open();
    expect(custodian.status).toMatchObject({ state: "missing", names: ["ai.example.com"] });
    custodian.start();
    await eventually(() => custodian.status.state === "valid");
    const pem = await readFile(join(here.directory, NAME.value, "certificate.pem"), "utf8");
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----[^]+-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----/);
    expect(custodian.status).toMatchObject({ issuer: "Test Authority", lastError: undefined });
  });

  it("is not obtained again by the next start", async () => {
    const here = await room();
    await (await here.open()).renew(IF_DUE);
    const again = await room({ directory: here.directory });
    const custodian = await again.open();
    custodian.start();
    await eventually(() => again.cas.asked.length > 0);
    expect(issues(again)).toEqual([]);
    expect(await custodian.renew(IF_DUE)).toMatchObject({ kind: "notDue" });
  });

  it("is renewed when the CA's window says so, as a replacement of itself", async () => {
    const here = await room();
    const custodian = await here.open();
    await custodian.renew(IF_DUE);
    const first = custodian.stored!;
    here.cas.renewalInfo = () => ({ kind: "window", start: Date.now() - 2_000, end: Date.now() - 1_000, retryAfter: 21_600 });
    custodian.start();
    await eventually(() => custodian.stored?.fingerprint !== first.fingerprint);
    expect(here.cas.requests[1]?.replaces).toBe(first.certificate);
  });

  it("keeps the moment that was drawn in a window over a restart, and draws another one for another window", async () => {
    const here = await room();
    const window = { start: Date.now() + 40 * DAY, end: Date.now() + 50 * DAY };
    here.cas.renewalInfo = () => ({ kind: "window", ...window, retryAfter: 21_600 });
    const custodian = await here.open();
    custodian.start();
    await eventually(() => custodian.status.state === "valid" && wait(custodian) < 51 * DAY);
    const drawn = custodian.status.next;
    await custodian.close();
    const again = await room({ directory: here.directory, cas: here.cas });
    await change(again, { pollAt: 0 });
    const polls = here.cas.asked.length;
    const later = await again.open();
    later.start();
    await eventually(() => here.cas.asked.length > polls && !later.status.working);
    expect(later.status.next).toBe(drawn);
  });

  it("of a CA without ARI is renewed when a third of its life is left", async () => {
    const here = await room();
    const custodian = await here.open();
    await custodian.renew(IF_DUE);
    expect(wait(custodian) / DAY).toBeCloseTo(60, 1);
  });

  it("of a CA that is configured no more is replaced at once", async () => {
    const here = await room();
    await (await here.open()).renew(IF_DUE);
    const moved = await room({ directory: here.directory, settings: { servers: [server(OTHER_CA)] } });
    const custodian = await moved.open();
    expect(await custodian.renew(IF_DUE)).toMatchObject({ kind: "renewed" });
    expect(issues(moved)).toEqual([OTHER_CA]);
  });

  it("that another edge of the same directory obtained is taken up, and not ordered twice", async () => {
    const here = await room();
    const beside = await room({ directory: here.directory, cas: here.cas });
    const [one, two] = [await here.open(), await beside.open()];
    one.start();
    two.start();
    await eventually(() => one.status.state === "valid" && two.status.state === "valid" && !one.status.working && !two.status.working);
    expect(issues(here)).toEqual([CA]);
    expect(two.stored?.fingerprint).toBe(one.stored?.fingerprint);
    // And a renewal, too, reaches the one that did not do it.
    await one.renew(FORCE);
    await eventually(() => two.stored?.fingerprint === one.stored?.fingerprint);
    expect(issues(here)).toHaveLength(2);
  });

  it.each([
    ["cut short in the key", (pem: string) => pem.slice(0, 100), "no whole private key"],
    ["cut short in the certificate", (pem: string) => pem.slice(0, pem.indexOf("BEGIN CERTIFICATE") + 200), "no whole certificate"],
    ["empty", () => "", "no whole private key"],
    ["altered", (pem: string) => pem.replace(/(BEGIN CERTIFICATE-----\n.{20})..../, "$1AAAA"), "can't be read"],
  ])("that is %s on disk is put aside, said, and replaced", async (_, damage, reason) => {
    const here = await room();
    await obtained(here);
    const file = join(here.directory, NAME.value, "certificate.pem");
    await writeFile(file, damage(await readFile(file, "utf8")));
    const again = await room({ directory: here.directory });
    const custodian = await again.open();
    expect(custodian.stored).toBeUndefined();
    expect(again.log.said("error")).toContain("the stored certificate is damaged; it was put aside");
    expect(JSON.stringify(again.log.entries)).toContain(reason);
    expect((await readdir(join(here.directory, NAME.value))).some((name) => name.startsWith("certificate.pem.damaged-"))).toBe(true);
    custodian.start();
    await eventually(() => custodian.status.state === "valid");
  });

  it("of another name, or with another key, is not served either", async () => {
    const here = await room();
    const other = { kind: "name", value: "b.example.com" } as const;
    await obtained(here);
    await obtained(here, other);
    const [mine, theirs] = [NAME, other].map(({ value }) => join(here.directory, value, "certificate.pem"));
    const pem = await readFile(mine!, "utf8");
    await writeFile(mine!, pem.replace(/^[^]+END PRIVATE KEY-----/, (await readFile(theirs!, "utf8")).split("\n-----BEGIN CERT")[0]!));
    await writeFile(theirs!, pem);
    const again = await room({ directory: here.directory });
    await again.open();
    await again.open(other);
    const said = JSON.stringify(again.log.entries);
    expect(said).toContain("its key is not the certificate's");
    expect(said).toContain("the certificate is not for b.example.com");
  });
});

describe("after a failure", () => {
  it("the waits are 1, 10 and 100 minutes, then a day, and a restart does not shorten them", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    here.cas.behaviour.set(CA, [refusing("serverInternal")]);
    const custodian = await here.open();
    for (const minutes of [1, 10, 100, 1_440, 1_440]) {
      await custodian.renew(FORCE);
      expect(wait(custodian) / MINUTE).toBeGreaterThan(minutes * 0.98);
      expect(wait(custodian) / MINUTE).toBeLessThan(minutes * 1.21);
    }
    expect(custodian.status.lastError).toMatchObject({ count: 5, code: "serverInternal", server: "ca.example", staging: false });
    const again = await room({ directory: here.directory, cas: here.cas });
    const later = await again.open();
    expect(wait(later)).toBeGreaterThan(DAY * 0.98);
    later.start();
    expect(await later.renew(IF_DUE)).toMatchObject({ kind: "notDue" });
    expect(issues(here)).toHaveLength(5);
  });

  it("of a validation at production the next try goes to staging, and back to production when that passes", async () => {
    const here = await room();
    here.cas.behaviour.set(CA, [unreachable, issuing()]);
    const custodian = await here.open();
    await custodian.renew(FORCE);
    expect(issues(here)).toEqual([CA]);
    here.cas.behaviour.set(STAGING, [unreachable, issuing()]);
    await custodian.renew(FORCE);
    expect(issues(here)).toEqual([CA, STAGING]);
    expect(custodian.status.lastError).toMatchObject({ staging: true, count: 2 });
    expect(await custodian.renew(FORCE)).toMatchObject({ kind: "renewed" });
    expect(issues(here)).toEqual([CA, STAGING, STAGING, CA]);
    // The staging's certificate is thrown away.
    expect(custodian.issuer).toBe(CA);
    // And what worked goes straight to production the next time.
    await custodian.renew(FORCE);
    expect(issues(here).slice(4)).toEqual([CA]);
  });

  it.each([
    ["order", "rejectedIdentifier"],
    ["order", "serverInternal"],
    ["finalize", "caa"],
  ] as const)("of any other kind at production (%s, %s), too", async (stage, code) => {
    const here = await room();
    here.cas.behaviour.set(CA, [refusing(code, stage), issuing()]);
    const custodian = await here.open();
    await custodian.renew(FORCE);
    expect(await custodian.renew(FORCE)).toMatchObject({ kind: "renewed" });
    expect(issues(here)).toEqual([CA, STAGING, CA]);
  });

  it.each([
    ["does not answer", refusing("unreachable", "directory")],
    ["wants an account of its own kind", refusing("externalAccountMissing", "account")],
    ["fails by itself", refusing("serverInternal")],
    ["has had enough", refusing("rateLimited", "order", 3_600)],
  ])("a staging that %s keeps nobody from a certificate", async (_, staging) => {
    const here = await room();
    here.cas.behaviour.set(CA, [unreachable, issuing()]);
    here.cas.behaviour.set(STAGING, [staging]);
    const custodian = await here.open();
    await custodian.renew(FORCE);
    expect(await custodian.renew(FORCE)).toMatchObject({ kind: "renewed" });
    expect(issues(here)).toEqual([CA, STAGING, CA]);
    expect(here.log.said("warn")).toContain("the staging of ca.example is out of order");
  });

  it("Retry-After is obeyed, by the operator's force too, and keeps no other name waiting", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    here.cas.behaviour.set(CA, [refusing("rateLimited", "order", 3_600), issuing()]);
    const [one, two] = [await here.open(), await here.open({ kind: "name", value: "b.example.com" })];
    await one.renew(FORCE);
    expect(wait(one) / MINUTE).toBeGreaterThan(59);
    expect(await two.renew(FORCE)).toMatchObject({ kind: "renewed" });
    expect(await one.renew(FORCE)).toMatchObject({ kind: "failed" });
    expect(issues(here)).toHaveLength(2);
    expect(wait(one) / MINUTE).toBeGreaterThan(59);
  });

  it.each([
    ["is down", failure("unreachable", "directory"), undefined],
    ["answers HTML", failure("badAnswer", "directory"), undefined],
    ["refuses", undefined, refusing("rejectedIdentifier")],
    ["limits", undefined, refusing("rateLimited", "order", 3_600)],
  ])("of a CA that %s the next one is asked in the same breath", async (_, directory, behaviour) => {
    const here = await room({ settings: { servers: [server(CA), server(OTHER_CA)] } });
    if (directory !== undefined) here.cas.directories.set(CA, directory);
    if (behaviour !== undefined) here.cas.behaviour.set(CA, [behaviour]);
    const custodian = await here.open();
    expect(await custodian.renew(IF_DUE)).toMatchObject({ kind: "renewed" });
    expect(custodian.issuer).toBe(OTHER_CA);
  });

  it("of a CA that stumbled over what is replaced, the next order does not name it", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    const custodian = await here.open();
    await custodian.renew(FORCE);
    here.cas.behaviour.set(CA, [refusing("serverInternal"), issuing()]);
    await custodian.renew(FORCE);
    expect(await custodian.renew(FORCE)).toMatchObject({ kind: "renewed" });
    expect(here.cas.requests.map(({ tacit }) => tacit)).toEqual([undefined, false, true]);
    expect(here.cas.requests[2]?.replaces).toBe(here.cas.requests[1]?.replaces);
  });

  it("one name of three takes no other with it", async () => {
    const here = await room();
    here.cas.behaviour.set(CA, [
      (request, hooks, signal) => (request.names[0].value === "b.example.com" ? unreachable : issuing())(request, hooks, signal),
    ]);
    const custodians = await Promise.all(["a", "b", "c"].map((label) => here.open({ kind: "name", value: `${label}.example.com` })));
    for (const custodian of custodians) custodian.start();
    await eventually(() =>
      custodians.every(({ status }) => !status.working && (status.state === "valid" || status.lastError !== undefined)),
    );
    expect(custodians.map(({ status }) => status.state)).toEqual(["valid", "missing", "valid"]);
  });
});

describe("the CA's limits", () => {
  it("are kept however often the operator forces: four certificates in a week, and the fifth is not asked for", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    const custodian = await here.open();
    for (let n = 0; n < 4; n++) expect(await custodian.renew(FORCE)).toMatchObject({ kind: "renewed" });
    const refused = await custodian.renew(FORCE);
    expect(refused).toMatchObject({ kind: "failed", failure: { code: "limitReached" } });
    expect(issues(here)).toHaveLength(4);
    expect(custodian.status.state).toBe("valid");
  });

  it("are kept by failed authorizations: four in an hour, with both challenge types counted", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    here.cas.behaviour.set(CA, [unreachable]);
    const custodian = await here.open();
    for (let n = 0; n < 10; n++) await custodian.renew(FORCE);
    expect(issues(here)).toHaveLength(2);
    expect(custodian.status.lastError).toMatchObject({ code: "limitReached" });
    expect(wait(custodian) / MINUTE).toBeGreaterThan(50);
  });

  it("count a certificate that came and was thrown away: the CA has made it", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    here.cas.behaviour.set(CA, [refusing("certificateWrongKey", "certificate")]);
    const custodian = await here.open();
    for (let n = 0; n < 8; n++) await custodian.renew(FORCE);
    expect(issues(here)).toHaveLength(4);
    expect(custodian.status.lastError).toMatchObject({ code: "limitReached" });
  });

  it("end a CA's own loop: one whose every window has passed is obeyed twenty times a day", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    here.cas.renewalInfo = () => ({ kind: "window", start: 1, end: 2, retryAfter: 21_600 });
    const custodian = await here.open();
    custodian.start();
    await eventually(() => custodian.status.lastError !== undefined, 30_000);
    expect(custodian.status).toMatchObject({ state: "valid", lastError: { code: "limitReached" } });
    expect(issues(here)).toHaveLength(21);
    expect(wait(custodian)).toBeGreaterThan(0.9 * DAY);
  });

  it("don't count what the CA itself asked for: ten renewals in its windows", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    const custodian = await here.open();
    await custodian.renew(FORCE);
    for (let n = 0; n < 10; n++) {
      await change(here, { window: { start: 1, end: 2, moment: 2 }, pollAt: Date.now() + DAY });
      expect(await custodian.renew(FORCE)).toMatchObject({ kind: "renewed" });
    }
  });
});

/** A CA that never comes to an end; cut off by whoever stops. */
const NEVER_ENDING: Behaviour = (_, __, signal) =>
  new Promise((___, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

describe("killed in the middle of it", () => {
  it("once, it goes on at once; again and again, it waits longer and longer", async () => {
    const here = await room();
    await (await here.open()).renew(FORCE);
    const attempts = async (interruptions: number): Promise<number> => {
      await change(here, { attempt: { at: Date.now() }, interruptions, window: { start: 1, end: 2, moment: 2 }, pollAt: Date.now() + DAY });
      const custodian = await here.open();
      return wait(custodian) / MINUTE;
    };
    expect(await attempts(0)).toBeLessThan(0.1);
    expect(await attempts(1)).toBeGreaterThan(0.9);
    expect(await attempts(2)).toBeGreaterThan(9);
    expect(await attempts(3)).toBeGreaterThan(90);
    expect(await attempts(30)).toBeGreaterThan(1_400);
  });

  it("in the last third of a life, that is told before it is tried again, since nobody may be left to tell it afterwards", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    here.cas.behaviour.set(CA, [issuing(60, new Date(Date.now() - 45 * DAY)), NEVER_ENDING]);
    await (await here.open()).renew(FORCE);
    await change(here, { attempt: { at: Date.now() - 2 * DAY }, interruptions: 1 });
    const custodian = await here.open();
    custodian.start();
    await eventually(() => here.told.length > 0);
    expect(here.told).toMatchObject([{ event: "certificate_late", name: NAME.value, code: undefined }]);
    expect(custodian.status).toMatchObject({ state: "late", lastError: undefined });
  });

  it("is nobody who still waits for his turn", async () => {
    const here = await room();
    here.cas.behaviour.set(CA, [NEVER_ENDING]);
    const names = ["a", "b", "c"].map((label) => `${label}.example.com`);
    for (const value of names) (await here.open({ kind: "name", value })).start();
    await eventually(() => issues(here).length === 2);
    const begun = await Promise.all(names.map((value) => here.store.load(`${value}/renewal.json`)));
    expect(begun.filter((value) => value?.includes('"attempt"'))).toHaveLength(2);
  });

  it("after the certificate was stored: it is served, and its CA is known", async () => {
    const here = await room();
    const custodian = await here.open();
    await custodian.renew(FORCE);
    await change(here, { certificate: "another", issuer: undefined, attempt: { at: Date.now(), directory: CA } });
    const later = await here.open();
    expect(later.status.state).toBe("valid");
    expect(later.issuer).toBe(CA);
    expect(wait(later)).toBeGreaterThan(DAY);
  });

  it("stopped in order is no interruption", async () => {
    const here = await room();
    here.cas.behaviour.set(CA, [NEVER_ENDING]);
    const custodian = await here.open();
    custodian.start();
    await eventually(() => issues(here).length === 1);
    await custodian.close();
    expect(await record(here)).toMatchObject({ interruptions: 0 });
    expect(await record(here)).not.toHaveProperty("attempt");
    const later = await (await room({ directory: here.directory })).open();
    later.start();
    await eventually(() => later.status.state === "valid");
  });
});

describe("a wrong clock", () => {
  it.each([
    ["ahead", 3 * 365 * 86_400],
    ["behind", -3 * 365 * 86_400],
  ])("that is years %s of the CA's orders nothing, and is called by its name", async (_, clockAhead) => {
    const here = await room();
    here.cas.directories.set(CA, { ...OFFER, clockAhead });
    const custodian = await here.open();
    expect(await custodian.renew(IF_DUE)).toMatchObject({ kind: "failed", failure: { code: "clockWrong" } });
    expect(issues(here)).toEqual([]);
    expect(here.log.said("warn")).toContain("did not issue");
    expect(JSON.stringify(here.log.entries)).toMatch(/clock is 26280\.0 hours/);
  });

  it("that is some hours off is called by its name, sends the first try to staging, and keeps nobody from a certificate", async () => {
    const here = await room();
    here.cas.directories.set(CA, { ...OFFER, clockAhead: -3 * 3_600 });
    const custodian = await here.open();
    expect(await custodian.renew(IF_DUE)).toMatchObject({ kind: "renewed" });
    expect(issues(here)).toEqual([STAGING, CA]);
    expect(here.log.said("warn")).toContain("This machine's clock is 3.0 hours behind the CA's. Set it");
  });

  it("that was years ahead when a failure was written does not make it wait for years", async () => {
    const here = await room();
    here.cas.behaviour.set(CA, [refusing("serverInternal"), issuing()]);
    await (await here.open()).renew(FORCE);
    const future = Date.now() + 1_000 * DAY;
    const { failures } = await record(here);
    await change(here, { failures: { ...(failures as object), at: future, next: future + DAY }, pauses: { [CA]: future }, pollAt: future });
    const later = await here.open();
    expect(await later.renew(IF_DUE)).toMatchObject({ kind: "renewed" });
  });
});

/** Date and the timers that wait for moments on it; files and locks are real. */
function ownClock() {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const pass = async (milliseconds: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(milliseconds));
  return {
    set: (by: number): void => void vi.setSystemTime(Date.now() + by),
    pass,
    /** Lets hours pass until it is so. */
    until: async <T>(value: () => T, expected: T): Promise<void> => {
      await expect.poll(async () => (await pass(3_600_000), value()), { timeout: 10_000 }).toEqual(expected);
    },
  };
}

describe("a clock that jumps while the edge runs", () => {
  const YEARS = 10 * 365 * DAY;
  const clockAhead = YEARS / 1_000;

  it("to years ahead, and back: what failed meanwhile puts nothing off, and the certificate is renewed in its time", async () => {
    const here = await room();
    const clock = ownClock();
    const custodian = await here.open();
    custodian.start();
    await custodian.renew(FORCE);
    const before = custodian.status;
    clock.set(YEARS);
    here.cas.directories.set(CA, { ...OFFER, clockAhead });
    expect(await custodian.renew(IF_DUE)).toMatchObject({ kind: "failed", failure: { code: "clockWrong" } });
    expect(custodian.status.state).toBe("expired");

    clock.set(-YEARS);
    here.cas.directories.set(CA, OFFER);
    expect(custodian.status).toMatchObject({ state: "valid", expires: before.expires });
    expect(wait(custodian)).toBeLessThan(61 * DAY);
    const { length } = issues(here);
    await clock.pass(60 * DAY);
    await clock.until(() => issues(here).length, length + 1);
    await clock.until(() => custodian.status.lastError, undefined);
  });

  it("to years behind, and forth: nothing is asked meanwhile, and it is renewed in its time", async () => {
    const here = await room();
    const clock = ownClock();
    const custodian = await here.open();
    await custodian.renew(FORCE);
    custodian.start();
    const { length } = here.cas.asked;
    clock.set(-5 * YEARS);
    await clock.pass(2 * DAY);
    expect(here.cas.asked.length - length).toBeLessThanOrEqual(8); // its window, twice a day and at a jump
    expect(issues(here)).toHaveLength(1);
    clock.set(5 * YEARS);
    await clock.pass(57 * DAY);
    await clock.until(() => issues(here).length, 2);
  });

  it("and raises an alarm by a wrong clock raises the right ones all the same", async () => {
    const here = await room();
    const clock = ownClock();
    here.cas.behaviour.set(CA, [issuing(), refusing("serverInternal")]);
    const custodian = await here.open();
    await custodian.renew(FORCE);
    clock.set(YEARS);
    await custodian.renew(IF_DUE);
    expect(here.told.map(({ event }) => event)).toEqual(["certificate_expired"]);
    clock.set(-YEARS);
    await custodian.renew(FORCE);
    here.told.length = 0;
    clock.set(62 * DAY);
    await custodian.renew(IF_DUE);
    expect(here.told.map(({ event }) => event)).toEqual(["certificate_late"]);
  });
});

describe("a pre-flight that found something", () => {
  it("is told, and sends the first try to staging", async () => {
    const here = await room();
    here.findings.push({ code: "port80", what: "Port 80 can't be reached.", mend: "Open it." });
    const custodian = await here.open();
    expect(await custodian.renew(IF_DUE)).toMatchObject({ kind: "renewed" });
    expect(issues(here)).toEqual([STAGING, CA]);
    expect(here.log.said("warn")).toBe("ai.example.com: Port 80 can't be reached. Open it.");
  });

  it("is not asked again for a renewal", async () => {
    const here = await room();
    const custodian = await here.open();
    await custodian.renew(IF_DUE);
    here.findings.push({ code: "port80", what: "Port 80 can't be reached.", mend: "Open it." });
    await custodian.renew(FORCE);
    expect(issues(here)).toEqual([CA, CA]);
  });
});

describe("the operator", () => {
  it("hears at a third, at a sixth and at the end of a life that could not be renewed, once each, and when it could", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    const life = (left: number) => issuing(60, new Date(Date.now() - (60 - left) * DAY));
    here.cas.behaviour.set(CA, [life(30)]);
    const custodian = await here.open();
    await custodian.renew(FORCE);
    here.cas.behaviour.set(CA, [refusing("serverInternal")]);
    await custodian.renew(FORCE);
    expect(here.told).toEqual([]);

    const pem = join(here.directory, NAME.value, "certificate.pem");
    for (const [left, event] of [
      [19, "certificate_late"],
      [9, "certificate_very_late"],
      [-1, "certificate_expired"],
    ] as const) {
      // The same failures, and a certificate that much older.
      const aged = await room();
      aged.cas.behaviour.set(CA, [life(left)]);
      await (await aged.open()).renew(FORCE);
      await writeFile(pem, await readFile(join(aged.directory, NAME.value, "certificate.pem")));
      const later = await here.open();
      await change(here, { certificate: later.stored?.fingerprint, issuer: CA });
      await later.renew(FORCE);
      await later.renew(FORCE);
      expect(here.told.map((message) => message.event)).toEqual([event]);
      expect(here.told[0]).toMatchObject({ name: "ai.example.com", code: "serverInternal" });
      here.told.length = 0;
    }
    expect(here.log.said("error")).toContain("a third of its certificate's life is left");
    expect(here.log.said("error")).toContain("a sixth of its certificate's life is left");
    expect(here.log.said("error")).toContain("has expired");

    here.cas.behaviour.set(CA, [issuing()]);
    const last = await here.open();
    await last.renew(FORCE);
    expect(here.told).toMatchObject([{ event: "certificate_renewed" }]);
  });

  it("hears once that there is no certificate after four attempts", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    here.cas.behaviour.set(CA, [refusing("serverInternal")]);
    const custodian = await here.open();
    for (let n = 0; n < 6; n++) await custodian.renew(FORCE);
    expect(here.told).toMatchObject([{ event: "certificate_missing", code: "serverInternal" }]);
  });

  it("who mends a wrong account key is not made to wait for it", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    here.cas.registration = { ...failure("externalAccountRequired", "account"), problem: { ...failure("malformed").problem, status: 403 } };
    const custodian = await here.open();
    for (let n = 0; n < 12; n++) await custodian.renew(FORCE);
    expect(custodian.status.lastError).toMatchObject({ code: "malformed" });
    here.cas.registration = undefined;
    expect(await custodian.renew(FORCE)).toMatchObject({ kind: "renewed" });
  });

  it("sees the CA's terms at the registration", async () => {
    const here = await room();
    await (await here.open()).renew(IF_DUE);
    expect(here.log.entries.find(({ message }) => message.startsWith("Registering"))).toMatchObject({
      message: expect.stringContaining("agrees to the CA's terms"),
      details: { terms: "https://ca.example/terms" },
    });
  });
});

it("a certificate that can't be served although the CA's part went well is a failure like any other: no loop", async () => {
  const here = await room({ settings: { servers: [server(CA)] } });
  here.cas.behaviour.set(CA, [
    (request, hooks, signal) => issuing()({ ...request, names: [{ kind: "name", value: "b.example.com" }] }, hooks, signal),
  ]);
  const custodian = await here.open();
  custodian.start();
  await eventually(() => custodian.status.lastError !== undefined);
  expect(custodian.status).toMatchObject({ state: "missing", lastError: { code: "certificateUnusable", count: 1 } });
  expect(wait(custodian)).toBeGreaterThan(50_000);
  expect(issues(here)).toHaveLength(1);
});

describe("a disk that fails", () => {
  it.each([
    ["lock", "EROFS: read-only file system"],
    ["store", "ENOSPC: no space left on device"],
  ] as const)(
    "so that nothing can be written down (%s): the operator hears all the same, once, and when all is well again",
    async (what, why) => {
      const here = await room({ settings: { servers: [server(CA)] } });
      here.cas.behaviour.set(CA, [issuing(60, new Date(Date.now() - 45 * DAY)), issuing()]);
      const custodian = await here.open();
      await custodian.renew(FORCE);
      const working = here.store[what];
      Object.assign(here.store, { [what]: async () => Promise.reject(new Error(why)) });
      for (let n = 0; n < 3; n++)
        expect(await custodian.renew(FORCE)).toMatchObject({ kind: "failed", failure: { code: "files", detail: why } });
      expect(here.told).toMatchObject([{ event: "certificate_late", name: NAME.value, code: "files" }]);
      expect(here.log.said("error")).toContain("a third of its certificate's life is left");
      expect(custodian.status).toMatchObject({
        state: "late",
        lastError: { server: "this machine", code: "files", count: 3, detail: why },
      });
      expect(here.log.certificates.filter(({ result, code }) => result === "failed" && code === "files")).toHaveLength(3);

      Object.assign(here.store, { [what]: working });
      expect(await custodian.renew(FORCE)).toMatchObject({ kind: "renewed" });
      expect(here.told.slice(1)).toMatchObject([{ event: "certificate_renewed" }]);
      expect(custodian.status).toMatchObject({ state: "valid", lastError: undefined });
    },
  );

  it("just after the certificate was stored: it is served all the same", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    let changes = 0;
    const custodian = await here.open(NAME, () => changes++);
    await custodian.renew(FORCE);
    const first = custodian.stored;
    const { store } = here.store;
    let full = false;
    Object.assign(here.store, {
      async store(key: string, value: string) {
        if (full) throw new Error("ENOSPC: no space left on device");
        await store(key, value);
        full = key.endsWith("/certificate.pem");
      },
    });
    await custodian.renew(FORCE);
    expect(here.log.said("error")).toContain("what is served stays as it is");
    expect(custodian.stored?.fingerprint).not.toBe(first?.fingerprint);
    expect(changes).toBe(2);
  });

  it("sends nothing to the CA, keeps what is served, and says so", async () => {
    const here = await room();
    const custodian = await here.open();
    await custodian.renew(FORCE);
    const { stored } = custodian;
    Object.assign(here.store, {
      store: async () => Promise.reject(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })),
    });
    const before = here.cas.asked.length;
    expect(await custodian.renew(FORCE)).toMatchObject({ kind: "failed" });
    expect(here.cas.asked.slice(before).filter((what) => what.startsWith("issue"))).toEqual([]);
    expect(custodian.stored?.fingerprint).toBe(stored?.fingerprint);
    expect(here.log.said("error")).toContain("what is served stays as it is");
    expect(JSON.stringify(here.log.entries)).toContain("ENOSPC");
  });
});
