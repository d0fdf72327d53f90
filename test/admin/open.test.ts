import { spawnSync } from "node:child_process";
import { chmod, chown, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it, onTestFinished } from "vitest";

import { claimState, type Claim } from "../../src/admin/claim.ts";
import { askEdge } from "../../src/admin/client.ts";
import { HOLDER } from "../../src/admin/contract.ts";
import { openAdmin } from "../../src/admin/open.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { pause } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { adminOn, holderOf, killed } from "./support.ts";

const refusalOf = async (state: string) => {
  const error = await openAdmin(state, "1.2.3", recordingLog()).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems[0]!;
};

const UNSHARE = [
  "unshare",
  ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"]),
  ...["--pid", "--fork", "--kill-child", "--mount-proc"],
];
const canUnshare = (): boolean => spawnSync("unshare", [...UNSHARE.slice(1), "true"]).status === 0;

describe("two edges on one state directory", () => {
  it("refuses the second and says who holds it: process and since when", async () => {
    const state = await scratchDirectory();
    const child = await holderOf(state);
    const { where, what } = await refusalOf(state);
    expect(where).toBe(`--state ${state}`);
    expect(what).toMatch(new RegExp(`^Another edge uses it: process ${child.pid}, version 1\\.2\\.3, since 20\\d\\d-.*Z\\.$`));
    const asked = await askEdge(state, HOLDER, {});
    expect(asked).toMatchObject({ kind: "answered", answer: { pid: child.pid, version: "1.2.3" } });
  });

  it("takes the directory over from a process that was killed with SIGKILL", async () => {
    const state = await scratchDirectory();
    for (let round = 0; round < 3; round++) await killed(await holderOf(state));
    expect(await askEdge(state, HOLDER, {})).toEqual({ kind: "not-running" });
    const admin = await adminOn(state);
    expect(await askEdge(state, HOLDER, {})).toEqual({ kind: "answered", answer: admin.holder });
    // Nothing piles up: the claim and the socket.
    expect((await readdir(join(state, "run"))).toSorted()).toEqual(["admin.sock", "claim.4"]);
  });

  it("and with it goes what a killed writer left half written, but not what somebody is writing, nor anybody else's files", async () => {
    const state = await scratchDirectory();
    await mkdir(join(state, "local-ca"), { mode: 0o700 });
    const temporary = (name: string, pid: number): string => `.${name}.${pid}.0123456789ab.tmp`;
    const dead = spawnSync("true").pid;
    const left = [temporary("users", dead), join("local-ca", temporary("leaf.pem", dead)), temporary("ticket-keys", process.pid)];
    const kept = [temporary("users", process.ppid), "notes.tmp", ".hidden.tmp", "users"];
    for (const name of [...left, ...kept]) await writeFile(join(state, name), "");
    await adminOn(state);
    expect((await readdir(state)).toSorted()).toEqual([...kept, "local-ca", "run", "version"].toSorted());
    expect(await readdir(join(state, "local-ca"))).toEqual([]);
  });

  it("can be taken again after the first has ended in order, and refuses a third", async () => {
    const state = await scratchDirectory();
    await (await openAdmin(state, "1.2.3", recordingLog())).close();
    await adminOn(state);
    await refusalOf(state);
  });

  it("refuses the second while the first is stopped and can't answer", async () => {
    const state = await scratchDirectory();
    const child = await holderOf(state);
    child.kill("SIGSTOP");
    const { what, mend } = await refusalOf(state);
    expect(what).toBe("Another process uses it, and does not say who it is.");
    expect(mend).toContain("ss -xlp");
  });

  it("lets exactly one of many in that start at the same moment on what a killed one left behind", async () => {
    const state = await scratchDirectory();
    for (let round = 0; round < 10; round++) {
      const claims = await Promise.all(Array.from({ length: 8 }, () => claimState(state, (socket) => socket.destroy())));
      const kinds = claims.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "claimed")).toHaveLength(1);
      expect(kinds.filter((kind) => kind === "held")).toHaveLength(7);
      const isClaimed = (claim: Claim): claim is Extract<Claim, { kind: "claimed" }> => claim.kind === "claimed";
      await claims.find(isClaimed)?.release();
    }
  });

  it.skipIf(!canUnshare())("refuses the second from another PID namespace, as in two containers with one volume", async () => {
    const state = await scratchDirectory();
    await holderOf(state, UNSHARE);
    const { what } = await refusalOf(state);
    // Its own process id, which means nothing out here: so it is said where.
    expect(what).toMatch(/^Another edge uses it: process 1 in another container \(host name \S+\), version 1\.2\.3, since /);
  });

  it("works however deep the directory lies: a socket's path has 107 octets at most", async () => {
    const state = join(await scratchDirectory(), "a".repeat(200), "b".repeat(200));
    const admin = await adminOn(state);
    expect(await askEdge(state, HOLDER, {})).toEqual({ kind: "answered", answer: admin.holder });
    await refusalOf(state);
  });
});

describe("the admin socket's place", () => {
  it("is a socket of mode 0600 in a directory of mode 0700, whatever the umask and the state directory's mode are", async () => {
    const state = await scratchDirectory();
    await chmod(state, 0o755);
    const umask = process.umask(0);
    await adminOn(state).finally(() => process.umask(umask));
    const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect([await modeOf(join(state, "run")), await modeOf(join(state, "run", "admin.sock"))]).toEqual(["700", "600"]);
  });

  it("is taken over when it is stale, and when a plain file or somebody's rubbish lies there", async () => {
    const state = await scratchDirectory();
    await mkdir(join(state, "run"), { mode: 0o700 });
    await writeFile(join(state, "run", "admin.sock"), "rubbish");
    await writeFile(join(state, "run", "claim.7"), "");
    await writeFile(join(state, "run", "claim.x"), "");
    expect(await askEdge(state, HOLDER, {})).toMatchObject({ kind: "unreachable", problem: { what: "It is no socket." } });
    const admin = await adminOn(state);
    expect(await askEdge(state, HOLDER, {})).toEqual({ kind: "answered", answer: admin.holder });
  });

  it.skipIf(process.getuid?.() !== 0)(
    "is refused where the directory belongs to another user, who could put a socket of his own there",
    async () => {
      const state = await scratchDirectory();
      await mkdir(join(state, "run"), { mode: 0o700 });
      await chown(join(state, "run"), 12_345, 12_345);
      expect((await refusalOf(state)).what).toContain("belongs to user id 12345");
    },
  );

  it("asks nobody where nobody listens, and says so", async () => {
    const state = await scratchDirectory();
    expect(await askEdge(state, HOLDER, {})).toEqual({ kind: "not-running" });
    expect(await askEdge(join(state, "missing"), HOLDER, {})).toEqual({ kind: "not-running" });
  });
});

/** An account that is not root's, which may read this checkout. */
const NOBODY = 65_534;
const CLIENT = new URL("../../src/admin/client.ts", import.meta.url).href;
const canBeNobody = (): boolean =>
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ["--eval", `require("fs").openSync(${JSON.stringify(fileURLToPath(CLIENT))})`], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: "/",
  }).status === 0;

describe.skipIf(!canBeNobody())("another user of the machine", () => {
  const asNobody = (state: string): unknown => {
    const program = `
      import { askEdge } from ${JSON.stringify(CLIENT)};
      const asked = await askEdge(${JSON.stringify(state)}, { name: "holder", read: () => ({ value: {} }) }, {});
      process.stdout.write(JSON.stringify(asked));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      uid: NOBODY,
      gid: NOBODY,
      cwd: "/",
      encoding: "utf8",
    });
    return JSON.parse(stdout);
  };

  it("can't talk to an edge that is not his, and is told whom to ask", async () => {
    const state = await scratchDirectory();
    await chmod(state, 0o755);
    await adminOn(state);
    expect(asNobody(state)).toMatchObject({ kind: "unreachable", problem: { what: "It can't be looked at as this user." } });
    // Not even where somebody has opened the directory: the socket itself is its owner's alone.
    await chmod(join(state, "run"), 0o755);
    expect(asNobody(state)).toMatchObject({ kind: "unreachable", problem: { mend: expect.stringContaining("sudo") } });
  });

  it("is not led to talk to a third one's socket: what it answers would be his", async () => {
    const state = await scratchDirectory();
    await chmod(state, 0o755);
    await mkdir(join(state, "run"));
    const path = join(state, "run", "admin.sock");
    let connections = 0;
    const server = net.createServer(() => connections++);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    await chown(path, 12_345, 12_345);
    await chmod(path, 0o666);
    expect(asNobody(state)).toMatchObject({
      kind: "unreachable",
      problem: { what: `It belongs to user id 12345, and this command runs as ${NOBODY}.` },
    });
    await pause(20); // what was connected meanwhile would be seen by now
    expect(connections).toBe(0);
  });
});

describe("whoever asks", () => {
  const fakeEdge = async (answer: (socket: net.Socket) => void): Promise<string> => {
    const state = await scratchDirectory();
    await mkdir(join(state, "run"), { mode: 0o700 });
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      answer(socket);
    });
    await new Promise<void>((resolve) => server.listen(join(state, "run", "admin.sock"), resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return state;
  };

  it("is told when the answer does not come", async () => {
    const state = await fakeEdge(() => {});
    expect(await askEdge(state, HOLDER, {}, 50)).toMatchObject({
      kind: "unreachable",
      problem: { what: "No answer came within 0.05 seconds." },
    });
  });

  it.each(["garbage\n", "{}\n", "null\n", '{"problems":3}\n', "7\n"])("is told when the answer is garbage: %j", async (answer) => {
    const state = await fakeEdge((socket) => socket.end(answer));
    expect(await askEdge(state, HOLDER, {})).toMatchObject({ kind: "unreachable", problem: { what: "What answers there is no edge." } });
  });

  it("is told when the connection ends without an answer", async () => {
    const state = await fakeEdge((socket) => socket.destroy());
    expect(await askEdge(state, HOLDER, {})).toMatchObject({
      kind: "unreachable",
      problem: { mend: expect.stringContaining("try again") },
    });
  });

  it("does not take an answer that never ends into its memory", async () => {
    const state = await fakeEdge((socket) => {
      const more = (failure?: Error | null): void => {
        if (!failure) socket.write("x".repeat(1_000_000), more);
      };
      more();
    });
    expect(await askEdge(state, HOLDER, {})).toMatchObject({ kind: "unreachable", problem: { what: "The answer does not end." } });
  });

  it("can't have its terminal steered by an answer", async () => {
    const state = await fakeEdge((socket) => socket.end(`${JSON.stringify({ answer: { hostname: "\u001b[2Jevil\u202e\r" } })}\n`));
    expect(await askEdge(state, HOLDER, {})).toEqual({ kind: "answered", answer: { hostname: "?[2Jevil??" } });
  });
});
