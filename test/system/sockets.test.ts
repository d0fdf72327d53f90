import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { accountName, accountNamed } from "../../src/system/account.ts";
import { listenersOn } from "../../src/system/listening-sockets.ts";
import { holderOf } from "../../src/system/socket-holder.ts";
import { startFailure } from "../../src/cli/start-failure.ts";
import { scratchDirectory } from "../support/scratch.ts";

async function listening(host: string): Promise<number> {
  const server = net.createServer();
  server.listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
}

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

/** A /proc of its own: who listens, and who holds what. */
async function fakeProc(): Promise<string> {
  const proc = await scratchDirectory();
  await mkdir(join(proc, "net"));
  const line = (local: string, state: string, uid: number, inode: number): string =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
  await writeFile(
    join(proc, "net", "tcp"),
    HEAD + line("0100007F:0050", "0A", 33, 4711) + line("00000000:1F90", "0A", 0, 1) + line("0100007F:0050", "01", 33, 4712),
  );
  await writeFile(
    join(proc, "net", "tcp6"),
    HEAD +
      line("00000000000000000000000000000000:0050", "0A", 33, 4713) +
      line("B80D0120000000000000000001000000:0050", "0A", 33, 4714) +
      line("0000000000000000FFFF00000100007F:0050", "0A", 33, 4715) +
      "garbage\n",
  );
  await mkdir(join(proc, "812", "fd"), { recursive: true });
  await symlink("socket:[4711]", join(proc, "812", "fd", "6"));
  await writeFile(join(proc, "812", "comm"), "nginx\n");
  await writeFile(join(proc, "812", "cgroup"), "0::/system.slice/nginx.service\n");
  await mkdir(join(proc, "813", "fd"), { recursive: true });
  await symlink("socket:[4714]", join(proc, "813", "fd", "21"));
  await writeFile(join(proc, "813", "comm"), "MainThread\n");
  await symlink("/usr/bin/node", join(proc, "813", "exe"));
  return proc;
}

describe("who listens on a port", () => {
  test("is read from the kernel's tables, both families, listening sockets alone", async () => {
    const proc = await fakeProc();
    expect(listenersOn(80, proc)).toEqual([
      { address: "127.0.0.1", port: 80, uid: 33, inode: "4711" },
      { address: "::", port: 80, uid: 33, inode: "4713" },
      { address: "2001:db8::1", port: 80, uid: 33, inode: "4714" },
      { address: "127.0.0.1", port: 80, uid: 33, inode: "4715" },
    ]);
    expect(listenersOn(443, proc)).toEqual([]);
    expect(listenersOn(80, join(proc, "nowhere"))).toEqual([]);
  });

  test("is read no further than to the first connection: a busy server's table has tens of thousands of lines", async () => {
    const proc = await scratchDirectory();
    await mkdir(join(proc, "net"));
    const line = (state: string) => `   0: 0100007F:0050 00000000:0000 ${state} 0:0 0:0 0  33        0 4711 1 0 100 0 0 10 0\n`;
    await writeFile(join(proc, "net", "tcp"), HEAD + line("0A").repeat(200) + line("06").repeat(50_000) + line("0A"));
    expect(listenersOn(80, proc)).toHaveLength(200);
  });

  test("and which process that is, with its service", async () => {
    const proc = await fakeProc();
    expect(holderOf("4711", proc)).toEqual({ pid: 812, name: "nginx", unit: "nginx.service" });
    expect(holderOf("4713", proc)).toBeUndefined();
    // What nobody would look for by the name that the kernel has.
    expect(holderOf("4714", proc)).toMatchObject({ pid: 813, name: "node" });
  });

  test.skipIf(!existsSync("/proc/net/tcp"))("holds for a real socket: ours", async () => {
    const port = await listening("127.0.0.1");
    const [listener] = listenersOn(port);
    expect(listener).toMatchObject({ address: "127.0.0.1", uid: process.geteuid?.() });
    expect(holderOf(listener?.inode ?? "")).toMatchObject({ pid: process.pid });
  });
});

describe("accounts", () => {
  test("are known by name and number, and by nothing else", async () => {
    const passwd = join(await scratchDirectory(), "passwd");
    await writeFile(passwd, "root:x:0:0:root:/root:/bin/sh\nbroken\nedge:x:990:991::/var/lib/openclaw-edge:/usr/sbin/nologin\n");
    expect(accountNamed("edge", passwd)).toEqual({ name: "edge", uid: 990, gid: 991 });
    expect(accountNamed("990", passwd)).toEqual({ name: "edge", uid: 990, gid: 991 });
    expect(accountName(990, passwd)).toBe("edge");
    expect(accountName(12_345, passwd)).toBe("12345");
    for (const wanted of ["", "no-such-account", "-u", "a b", "../etc", "$(id)"]) expect(accountNamed(wanted, passwd)).toBeUndefined();
  });
});

describe("a port that is taken", () => {
  test.skipIf(!existsSync("/proc/net/tcp"))("names the process that has it", async () => {
    const holder = spawn(process.execPath, [
      "-e",
      "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})",
    ]);
    onTestFinished(() => void holder.kill("SIGKILL"));
    const port = Number(String(((await once(holder.stdout, "data")) as [Buffer])[0]));
    const taken = await once(net.createServer().listen(port, "127.0.0.1"), "listening").catch((error: unknown) => error);
    const problem = startFailure(taken);
    expect(problem?.where).toBe(`port ${port}`);
    expect(problem?.what).toMatch(new RegExp(`listens there already, process ${holder.pid}\\.$`));
    expect(problem?.mend).toContain("--https-port");
  });
});

test("a port that is forbidden has every mend: the service, the sysctl, the capability, other ports", () => {
  const mend = startFailure(Object.assign(new Error("x"), { code: "EACCES", port: 443 }))?.mend ?? "";
  for (const part of ["service install", "ip_unprivileged_port_start=80", "setcap cap_net_bind_service", "--https-port 8443"])
    expect(mend).toContain(part);
});
