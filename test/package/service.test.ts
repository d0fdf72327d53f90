/** `openclaw-edge service …` from the installed package, below a directory of its own: no running systemd is needed. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { installed, ran, type Installation, type Ran } from "../support/installed-package.ts";

const missing = ["systemctl", "systemd-analyze", "systemd-sysusers"].filter((name) => spawnSync(name, ["--version"]).status !== 0);
const reason = missing.length === 0 ? undefined : `${missing.join(", ")} missing: apt-get install systemd`;
if (reason !== undefined) console.error(`\n*** SKIPPED: the systemd service: ${reason}. ***\n`);

describe.skipIf(reason !== undefined)(`openclaw-edge service${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let place: Installation;
  let root: string;
  const service = (...args: readonly string[]): Promise<Ran> => ran(process.execPath, [place.bin, "service", ...args]);
  const unit = (name: string): string => join(root, "etc/systemd/system", name);

  beforeAll(async () => {
    place = await installed();
    root = await mkdtemp(join(tmpdir(), "openclaw-edge-root-"));
  });
  afterAll(async () => {
    await place?.close();
    await rm(root, { recursive: true, force: true });
  });

  it("shows what it would do, and does nothing where there is nobody to ask", async () => {
    const dry = await service("install", "--root", root, "--domain", "ai.example.com", "--dry-run");
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining("/etc/systemd/system/openclaw-edge.service")]);
    const unasked = await service("install", "--root", root, "--domain", "ai.example.com");
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
    expect(await readdir(root)).toEqual([]);
  });

  it("tells every mistake in the options, and does nothing", async () => {
    const { code, stderr } = await service("install", "--root", root, "--domain", "a_b.example", "--https-port", "70000", "--yes");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/underscore[^]*70000/)]);
    expect(await readdir(root)).toEqual([]);
  });

  it("installs a copy of this package, that no longer needs the one it came from, and that the service may read whatever root's umask is", async () => {
    const { code, stderr } = await ran("sh", [
      "-c",
      'umask 077; exec "$@"',
      "sh",
      process.execPath,
      place.bin,
      "service",
      "install",
      "--root",
      root,
      "--domain",
      "ai.example.com",
      "--upstream",
      "http://127.0.0.1:18790",
      "--yes",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    const closed = await ran("find", [join(root, "opt"), join(root, "etc/openclaw-edge"), "-type", "d", "!", "-perm", "0755"]);
    expect(closed.stdout).toBe("");
    const bin = join(root, "opt/openclaw-edge/current/node_modules/openclaw-edge/dist/cli/bin.js");
    expect((await ran(process.execPath, [bin, "--version"])).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    const checked = await ran(process.execPath, [bin, "config", "check", "--config", join(root, "etc/openclaw-edge/config.json5")], {
      env: { ...process.env, OPENCLAW_EDGE_STATE: join(root, "state") },
    });
    expect([checked.code, checked.stderr]).toEqual([0, ""]);
    expect(await readFile(join(root, "etc/passwd"), "utf8")).toMatch(/^openclaw-edge:.*:\/var\/lib\/openclaw-edge:\/usr\/sbin\/nologin$/m);
    expect((await stat(join(root, "etc/openclaw-edge/config.json5"))).mode & 0o777).toBe(0o640);
  });

  it("what root types is done by the service's account, which is told nothing of root's environment", async () => {
    const script = join(root, "usr/local/bin/openclaw-edge");
    // A PATH on which setpriv tells what it was called with, in place of becoming somebody who is not there.
    const tools = await mkdtemp(join(tmpdir(), "openclaw-edge-tools-"));
    await writeFile(join(tools, "setpriv"), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    await writeFile(join(tools, "id"), "#!/bin/sh\necho 0\n", { mode: 0o755 });
    const env = { PATH: `${tools}:${process.env["PATH"]}`, NODE_OPTIONS: "--trace-warnings", NO_COLOR: "1" };
    const { stdout } = await ran("sh", [script, "user", "add", "a b"], { env });
    await rm(tools, { recursive: true, force: true });
    const words = stdout.trim().split("\n");
    expect(words.slice(0, 8)).toEqual([
      "--reuid",
      "openclaw-edge",
      "--regid",
      "openclaw-edge",
      "--init-groups",
      "--no-new-privs",
      "--reset-env",
      "--",
    ]);
    expect(words.filter((word) => /^[A-Z_]+=/.test(word))).toEqual([
      "OPENCLAW_EDGE_STATE=/var/lib/openclaw-edge",
      "OPENCLAW_EDGE_CONFIG=/etc/openclaw-edge/config.json5",
      "NO_COLOR=1",
    ]);
    expect(words.slice(-3)).toEqual(["user", "add", "a b"]);
  });

  it("its units are valid (systemd-analyze verify) and start with the machine", async () => {
    const names = ["openclaw-edge.service", "openclaw-edge-https.socket", "openclaw-edge-http.socket"];
    const { stderr } = await ran("systemd-analyze", ["verify", "--man=no", ...names.map(unit)]);
    // A Node that was copied lies below the directory of this test, and systemd looks for it below /.
    const isBelow = (line: string): boolean => {
      const command = /Command (\S+) is not executable/.exec(line)?.[1];
      return command !== undefined && existsSync(join(root, command));
    };
    expect(stderr.split("\n").filter((line) => line.includes("openclaw-edge") && !isBelow(line))).toEqual([]);
    expect(await readdir(unit("sockets.target.wants"))).toEqual(["openclaw-edge-http.socket", "openclaw-edge-https.socket"]);
    expect(await readdir(unit("multi-user.target.wants"))).toEqual(["openclaw-edge.service"]);
  });

  it("the service is told to systemd as it should be", async () => {
    const lines = (await readFile(unit("openclaw-edge.service"), "utf8")).split("\n");
    for (const line of [
      ...["Type=exec", "Restart=always", "User=openclaw-edge", "AmbientCapabilities=CAP_NET_BIND_SERVICE", "NoNewPrivileges=yes"],
      ...["ProtectSystem=strict", "MemoryMax=1G", "StateDirectory=openclaw-edge"],
    ]) {
      expect(lines).toContain(line);
    }
  });

  it("the service may do little: systemd-analyze security finds an exposure of 2.0 at most", async () => {
    const { stdout } = await ran("systemd-analyze", [
      "security",
      "--offline=true",
      `--root=${root}`,
      "--no-pager",
      "openclaw-edge.service",
    ]);
    expect(Number(/Overall exposure level for openclaw-edge\.service: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(2);
  });

  it("says what is installed", async () => {
    const { code, stdout } = await service("status", "--root", root, "--json");
    expect(code).toBe(0);
    const { units } = JSON.parse(stdout) as { units: readonly { readonly name: string; readonly enabled: string }[] };
    expect(units.map(({ name, enabled }) => [name, enabled])).toEqual([
      ["openclaw-edge.service", "enabled"],
      ["openclaw-edge-https.socket", "enabled"],
      ["openclaw-edge-http.socket", "enabled"],
    ]);
  });

  it("an upgrade leaves the configuration as the operator has it, and refuses options that would be lost", async () => {
    const refused = await service("install", "--root", root, "--domain", "other.example.com", "--yes");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--domain")]);
    const before = await readFile(join(root, "etc/openclaw-edge/config.json5"), "utf8");
    expect((await service("install", "--root", root, "--yes")).code).toBe(0);
    expect(await readFile(join(root, "etc/openclaw-edge/config.json5"), "utf8")).toBe(before);
  });

  it("leaves nothing behind, of the whole machine's service and of one's own, when it is told to take all of it", async () => {
    const other = await mkdtemp(join(tmpdir(), "openclaw-edge-root-"));
    // What every machine has. The account's lines are userdel's business, which only a running system has.
    const home = process.env["HOME"] ?? "";
    const own = [".config/systemd/user", ".local/bin", ".local/lib", ".local/state"].map((name) => join(home, name));
    const usual = ["etc/systemd/system", "etc/sysusers.d", "opt", "usr/local/bin", "var/lib", ...own];
    for (const name of usual) await mkdir(join(other, name), { recursive: true });
    const files = async () => (await readdir(other, { recursive: true })).toSorted();
    const before = await files();
    const flags = ["--root", other, "--yes"];
    try {
      for (const kind of [[], ["--user-service", "--https-port", "8443", "--http-port", "off"]]) {
        expect((await service("install", ...flags, "--domain", "gateway.lan", ...kind)).code).toBe(0);
        expect((await files()).length).toBeGreaterThan(before.length + 50);
        expect((await service("uninstall", ...flags, "--purge", ...kind.slice(0, 1))).code).toBe(0);
        const left = (await files()).filter(
          (name) => !before.includes(name) && !/^etc\/(?:\.pwd\.lock|(?:passwd|group|shadow|gshadow)-?)$/.test(name),
        );
        expect(left).toEqual([]);
      }
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  it("takes everything away again, the configuration and the state only when it is told to", async () => {
    expect((await service("uninstall", "--root", root, "--yes")).code).toBe(0);
    for (const path of ["opt/openclaw-edge", "usr/local/bin/openclaw-edge", "etc/sysusers.d/openclaw-edge.conf"]) {
      expect({ path, exists: existsSync(join(root, path)) }).toEqual({ path, exists: false });
    }
    expect(existsSync(unit("openclaw-edge.service"))).toBe(false);
    expect(existsSync(join(root, "etc/openclaw-edge/config.json5"))).toBe(true);
    expect((await service("uninstall", "--root", root, "--yes", "--purge")).code).toBe(0);
    expect(existsSync(join(root, "etc/openclaw-edge/config.json5"))).toBe(false);
    expect((await service("uninstall", "--root", root, "--yes")).stdout).toContain("not installed");
  });

  it("a service of one's own account needs no account and no root", async () => {
    const flags = ["--root", root, "--user-service", "--domain", "gateway.lan", "--https-port", "8443", "--http-port", "off", "--yes"];
    expect((await service("install", ...flags)).code).toBe(0);
    const home = join(root, process.env["HOME"] ?? "");
    const text = await readFile(join(home, ".config/systemd/user/openclaw-edge.service"), "utf8");
    expect(text).not.toMatch(/^User=|AmbientCapabilities/m);
    expect(text).toContain("WantedBy=default.target");
    expect(await readFile(join(home, ".config/systemd/user/openclaw-edge-https.socket"), "utf8")).toContain("ListenStream=8443");
    expect(existsSync(join(home, ".config/systemd/user/openclaw-edge-http.socket"))).toBe(false);
    expect((await service("uninstall", "--root", root, "--user-service", "--purge", "--yes")).code).toBe(0);
  });
});
