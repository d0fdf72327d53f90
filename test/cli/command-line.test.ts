import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

import { describe, expect, test } from "vitest";

import { withOptionsTable } from "../../src/cli/options-table.ts";
import { COMMAND_GROUPS, COMMANDS, commandSet } from "../../src/cli/commands.ts";
import { EXIT_CODES } from "../../src/cli/exit-codes.ts";
import { helpAbout, termOfOption, usualOf } from "../../src/cli/help.ts";
import { startFailure } from "../../src/cli/start-failure.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { MAIN } from "../../src/config/options/main.ts";
import { run } from "./run-command.ts";

const MAIN_ROWS = Object.values(MAIN).map((row) => ({ name: termOfOption(row), help: row.help }));

const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

describe("--help", () => {
  test("serve --help names every option with its value, effect and default, as the table in the README does", async () => {
    const { code, stdout, stderr } = await run(["serve", "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    const text = flat(stdout);
    for (const row of Object.values(OPTIONS)) {
      expect(text).toContain(flat(`${termOfOption(row)} ${row.help.replaceAll("`", "")} (${usualOf(row)})`));
    }
  });

  test("without a command it names every command, the main options, examples and the exit codes", async () => {
    const { code, stdout, stderr } = await run(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    const text = flat(stdout);
    expect(text).toMatch(/Commands: serve .* demo .* Main options: .* Examples: openclaw-edge demo/);
    for (const { name, help } of MAIN_ROWS) expect(text).toContain(flat(`${name} ${help}`));
    for (const { code: number, means } of EXIT_CODES) expect(text).toContain(`${number} ${means}`);
    expect(text).toContain("Every option: openclaw-edge serve --help");
  });

  test.each(["", ...COMMANDS.map(({ name }) => name), ...Object.keys(COMMAND_GROUPS)])("about %j has 80 columns at most", (name) => {
    const words = name.split(" ").filter((word) => word !== "");
    const lines = (helpAbout(words, commandSet()) ?? "").split("\n");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => stripVTControlCharacters(line).length > 80)).toEqual([]);
  });

  test("help COMMAND says what COMMAND --help does", async () => {
    const [flag, word] = await Promise.all([run(["config", "check", "--help"]), run(["help", "config", "check"])]);
    expect(flag).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Usage: openclaw-edge config check") });
    expect(word).toEqual(flag);
  });

  test.each(COMMANDS)("$name has a summary without a full stop and an example of itself", ({ name, summary, examples }) => {
    expect(summary).toMatch(/^[a-z].*[^.]$/);
    const called = name === "serve" ? "openclaw-edge" : `openclaw-edge ${name}`;
    expect(examples.some(({ line }) => line.includes(called))).toBe(true);
  });

  test("--version prints the package's version", async () => {
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect(await run(["--version"])).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
  });
});

describe("mistakes on the command line", () => {
  test("all of them are reported at once on standard error, without colours through a pipe, with exit code 2", async () => {
    const { code, stdout, stderr } = await run([
      "--domian",
      "x.lan",
      "--upstream",
      "https://127.0.0.1:1",
      "--http-port",
      "http",
      "--htpasswd",
      "u",
      "extra",
    ]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(flat(stderr)).toContain("5 things to mend");
    for (const text of [
      "--domian There is no such flag. → Did you mean --domain?",
      "--upstream The Gateway is asked over plain HTTP",
      "--http-port",
      '"extra" It belongs to no flag',
    ]) {
      expect(flat(stderr)).toContain(text);
    }
    // A flag that was only misspelt is not called missing as well.
    expect(stderr).not.toContain("It is missing");
    expect(stderr).not.toContain("\u001b");
    expect(Math.max(...stderr.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("serve and no command are the same, wherever the flags stand", async () => {
    const flags = ["--domain", "a.lan", "--htpasswd", "u", "--hsts", "x"];
    const [without, before, after] = await Promise.all([run(flags), run(["serve", ...flags]), run([...flags, "serve"])]);
    expect(without.stderr).toContain("--hsts");
    expect([before, after]).toEqual([without, without]);
  });

  test.each<[string[], string]>([
    [["--domain"], "--domain It has no value. → Write --domain NAME."],
    [["deme"], "Did you mean openclaw-edge demo?"],
    [["demo", "--htpasswd", "u"], "--htpasswd openclaw-edge demo has no such flag; openclaw-edge serve has."],
    [["--domain", "a.lan", "--htpasswd", "u", "--hsts", "1", "--hsts", "2"], "It is written more than once."],
  ])("%j is refused", async (args, text) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(flat(stderr)).toContain(text);
  });

  test("attack: a file's name can't move the terminal's cursor", async () => {
    const { stderr } = await run(["--config", "\u001b[2Jedge.json5"]);
    expect(stderr).toContain("?[2Jedge.json5");
    expect(stderr).not.toContain("\u001b");
  });

  test("FORCE_COLOR colours the list, and NO_COLOR does not", async () => {
    expect((await run(["--x"], { environment: { FORCE_COLOR: "1", NO_COLOR: "" } })).stderr).toContain("\u001b[31m");
    const { FORCE_COLOR: _, ...rest } = { FORCE_COLOR: "", NO_COLOR: "1" };
    expect((await run(["--x"], { environment: rest })).stderr).not.toContain("\u001b");
  });
});

describe("an unsupported Node", () => {
  const pretend = (version: string): string[] => [
    "--import",
    `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`,
  ];

  test.each(["20.20.2", "24.15.9", "25.9.0", "26.0.1"])("%s gets one line that says what is needed, and exit code 1", async (version) => {
    const { code, stdout, stderr } = await run(["--help"], { nodeFlags: pretend(version) });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(new RegExp(String.raw`^openclaw-edge needs Node 24\.16.*26\.1.*this is ${version}`));
  });

  test.each(["24.16.0", "26.1.0"])("%s is supported", async (version) => {
    expect(await run(["--version"], { nodeFlags: pretend(version) })).toMatchObject({ code: 0, stderr: "" });
  });
});

test.each([
  [{ code: "EADDRINUSE", port: 443 }, "port 443", "--https-port"],
  [{ code: "EADDRINUSE", port: 80 }, "port 80", "--http-port"],
  [{ code: "EACCES", port: 443 }, "port 443", "setcap"],
  [{ code: "EADDRNOTAVAIL", address: "192.0.2.1" }, "--host 192.0.2.1", "ip -brief address"],
  [{ code: "EACCES", path: "/var/lib/openclaw-edge" }, "/var/lib/openclaw-edge", "--state"],
  [{ code: "EACCES", port: -1, address: "/state/run/.1.ab.sock" }, "/state/run", "whose it is"],
  [{ code: "EROFS", path: "/state/.users.1.ab.tmp" }, "/state", "written to"],
  [{ code: "ENOSPC", path: "/state/users" }, "/state/users", "Make some"],
  [{ code: "ENOSPC" }, "the disk", "Make some"],
  [{ code: "ENOTDIR", path: "/etc/passwd/users" }, "/etc/passwd/users", "Check the path"],
])("%j has a plain mend", (details, where, mend) => {
  expect(startFailure(Object.assign(new Error("x"), details))).toMatchObject({ where, mend: expect.stringContaining(mend) });
});

test("the README tells the exit codes as --help does", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  for (const { code, means } of EXIT_CODES) expect(readme).toContain(`| ${code} | ${means} |`);
});

test("the README's table of options is what the options are (node src/cli/options-table.ts --write puts it there)", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  expect(readme).toContain("| option | what it does |");
  expect(readme).toBe(withOptionsTable(readme));
});
