/** config check, show and init, as processes of their own. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { OPTIONS } from "../../src/config/options.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { run } from "./run-command.ts";

const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));
/** One user, alice. */
const USERS = "alice:$2y$04$2Q0bZVPqYkWbWxeNx8Jf6uNFNNzDXWC6Wq5XgQ6d0OgjQ0x2jSx5K\n";

interface Place {
  readonly directory: string;
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
}

async function place(text?: string): Promise<Place> {
  const directory = await scratchDirectory();
  const file = join(directory, "edge.json5");
  await writeFile(join(directory, "users"), USERS, { mode: 0o600 });
  if (text !== undefined) await writeFile(file, text);
  return {
    directory,
    file,
    environment: { HOME: directory, XDG_CONFIG_HOME: join(directory, "xdg"), XDG_STATE_HOME: join(directory, "state") },
  };
}

describe("config check", () => {
  test("says that all is right, with exit code 0, starts nothing and writes nothing", async () => {
    const { directory, file, environment } = await place(`{ domain: ["gateway.lan"], htpasswd: "users" }`);
    const { code, stdout, stderr } = await run(["config", "check", "--config", file], { environment });
    expect([code, stderr]).toEqual([0, ""]);
    expect(flat(stdout)).toBe(`The configuration is right. The configuration file is ${file}. The edge would serve gateway.lan. `);
    expect(readdirSync(directory).toSorted()).toEqual(["edge.json5", "users"]);
  });

  test("tells all that is wrong on standard error, the files that it names included, with exit code 2", async () => {
    const { file, environment } = await place(
      `{\n  domain: ["ai.example.com"],\n  htpasswd: "none",\n  cert: "none.pem", key: "none.key",\n  hsts: -1\n}`,
    );
    const { code, stdout, stderr } = await run(["config", "check", "--config", file, "--idle-timeout", "x"], { environment });
    expect([code, stdout]).toEqual([2, ""]);
    const text = flat(stderr);
    expect(text).toMatch(/^The configuration is not right: \d things to mend/);
    for (const told of [
      `${file}:5:9 hsts`,
      "--idle-timeout",
      "The users file does not exist.",
      `${file}:4:9 cert (`,
      "There is no such file.",
    ])
      expect(text).toContain(told);
    expect(text).toContain("openclaw-edge config check --help");
  });

  test("what the first start would make is not called missing", async () => {
    const { file, environment } = await place(`{ domain: "gateway.lan", state: "state" }`);
    expect(await run(["config", "check", "--config", file], { environment })).toMatchObject({ code: 0, stderr: "" });
  });

  test("the usual file is found by itself", async () => {
    const { directory, environment } = await place();
    await mkdir(join(directory, "xdg", "openclaw-edge"), { recursive: true });
    await writeFile(join(directory, "xdg", "openclaw-edge", "config.json5"), `{ domain: "gateway.lan", htpasswd: "${directory}/users" }`);
    // Root's is in /etc: HOME tells nothing about the machine.
    const { stdout, code } = await run(["config", "check"], { environment });
    if (process.getuid?.() !== 0) expect([code, stdout]).toEqual([0, expect.stringContaining(join(directory, "xdg"))]);
  });
});

describe("config show", () => {
  const TEXT = `{\n  domain: ["BÜCHER.lan", "b.lan"],\n  htpasswd: "users",\n  tls: "internal",\n  "http-port": "off",\n  "head-size": 4096,\n}`;

  test("tells every option, its value and where it was written, in 80 columns", async () => {
    const { directory, file, environment } = await place(TEXT);
    const { code, stdout, stderr } = await run(["config", "show", "--config", file, "--hsts", "60"], {
      environment: { ...environment, OPENCLAW_EDGE_IDLE_TIMEOUT: "2m" },
    });
    expect([code, stderr]).toEqual([0, ""]);
    const text = flat(stdout);
    for (const line of [
      `Configuration file: ${file}`,
      // An international name is shown as it is converted.
      "domain line 2 xn--bcher-kva.lan b.lan upstream default http://127.0.0.1:18789",
      `htpasswd line 3 ${directory}/users`,
      "http-port line 5 off",
      "hsts flag 60",
      "idle-timeout environment 2m",
      "head-size line 6 4096",
    ]) {
      expect(text).toContain(line);
    }
    for (const { flag } of Object.values(OPTIONS)) if (flag !== "config") expect(stdout).toMatch(new RegExp(`^${flag} `, "m"));
    expect(widest(stdout.replaceAll(directory, ""))).toBeLessThanOrEqual(80);
  });

  test("--json tells the same to a program", async () => {
    const { directory, file, environment } = await place(TEXT);
    const { code, stdout } = await run(["config", "show", "--json", "--config", file, "--hsts", "60"], { environment });
    const { file: shown, options } = JSON.parse(stdout) as { file: string; options: Record<string, unknown> };
    expect([code, shown]).toEqual([0, file]);
    expect(options).toMatchObject({
      domain: { value: ["xn--bcher-kva.lan", "b.lan"], from: { kind: "file", line: 2, column: 12 } },
      htpasswd: { value: `${directory}/users` },
      hsts: { value: 60, from: { kind: "flag", name: "--hsts" } },
      "head-size": { value: 4096 },
      "http-port": { value: "off" },
      "idle-timeout": { value: "75s", from: { kind: "default" } },
      cert: { value: null, without: "none", from: { kind: "default" } },
    });
  });

  test("attack: a secret is shown to nobody, wherever it was written, not even when it is wrong", async () => {
    const { file, environment } = await place(
      `{ domain: "ai.example.com", htpasswd: "users", notify: "https://a.example/x", "notify-token": "s3cret", "acme-eab": "s3cret bad" }`,
    );
    for (const more of [[], ["--json"]]) {
      const { stdout, stderr } = await run(["config", "show", "--config", file, ...more], { environment });
      expect(stdout).toContain("(secret)");
      expect(stdout + stderr).not.toContain("s3cret");
    }
  });

  test("what is wrong is told behind it, with exit code 2", async () => {
    const { file, environment } = await place(`{ hsts: 5.5 }`);
    const { code, stdout, stderr } = await run(["config", "show", "--config", file], { environment });
    expect(code).toBe(2);
    expect(flat(stdout)).toContain("hsts line 1 5.5");
    expect(flat(stderr)).toContain("The edge would not start with this: 2 things to mend");
    expect(flat(stderr)).toContain(`${file} domain It is missing`);
    expect(flat(stderr)).toContain('Write "domain": "ai.example.com"');
  });
});

describe("config init", () => {
  test("writes a commented file with what its command line says, which config check then reads", async () => {
    const { directory, environment } = await place();
    const file = join(directory, "new", "edge.json5");
    const made = await run(
      ["config", "init", file, "--domain", "gateway.lan", "--htpasswd", join(directory, "users"), "--https-port", "8443"],
      { environment },
    );
    expect(made).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(`Written: ${file}`) });
    const text = readFileSync(file, "utf8");
    expect(text).toContain(`\n  "domain": ["gateway.lan"],\n`);
    expect(text).toContain(`\n  "https-port": 8443,\n`);
    expect(text).toContain(`\n  // "idle-timeout": "75s",\n`);
    expect(widest(text.replace(/"\$schema": .*/, ""))).toBeLessThanOrEqual(80);
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(directory, "new"))).toEqual(["edge.json5"]);
    expect(await run(["config", "check", "--config", file], { environment })).toMatchObject({ code: 0, stderr: "" });
  });

  test("attack: it never overwrites, not even a link that leads nowhere", async () => {
    const { file, environment } = await place("mine");
    const { code, stderr } = await run(["config", "init", file], { environment });
    expect([code, readFileSync(file, "utf8")]).toEqual([2, "mine"]);
    expect(flat(stderr)).toContain(`${file} It is there already.`);
  });

  test("makes the file that --config or the environment names, where the edge looks first; two names are refused", async () => {
    const { directory, environment } = await place();
    const byFlag = join(directory, "flag.json5");
    const made = await run(["config", "init", "--config", byFlag], { environment });
    expect(flat(made.stdout)).toContain(`Written: ${byFlag} Fill it in, then: openclaw-edge config check --config ${byFlag}`);
    const byVariable = join(directory, "variable.json5");
    await run(["config", "init"], { environment: { ...environment, OPENCLAW_EDGE_CONFIG: byVariable } });
    const both = await run(["config", "init", join(directory, "x.json5"), "--config", byFlag], { environment });
    expect([both.code, flat(both.stderr)]).toEqual([2, expect.stringContaining("--config FILE is written as well.")]);
    expect(readdirSync(directory).toSorted()).toEqual(["flag.json5", "users", "variable.json5"]);
  });

  test("- prints it, and a mistake in its flags writes nothing", async () => {
    const { directory, environment } = await place();
    expect(await run(["config", "init", "-"], { environment })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\/\/ The configuration/),
    });
    const file = join(directory, "x.json5");
    const { code, stderr } = await run(["config", "init", file, "--hsts", "x"], { environment });
    expect([code, stderr]).toEqual([2, expect.stringContaining("No file was written:")]);
    expect(readdirSync(directory)).toEqual(["users"]);
  });

  test("a place that can't be written is said, with exit code 1", async () => {
    const { directory, environment } = await place();
    const { code, stderr } = await run(["config", "init", join(directory, "users", "config.json5")], { environment });
    expect([code, stderr]).toEqual([1, expect.stringContaining("Something on the way to it is no directory.")]);
  });
});
