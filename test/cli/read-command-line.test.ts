/** The command line's own grammar, with commands of every shape. */
import { expect, describe, test } from "vitest";

import { readCommandLine, type CommandLine } from "../../src/cli/command-line.ts";
import { command } from "../../src/cli/command.ts";
import { COMMAND_GROUPS, COMMANDS } from "../../src/cli/commands.ts";
import { flagOf } from "../../src/cli/command-line.ts";
import { helpAbout } from "../../src/cli/help.ts";
import { option, toggle, type Option } from "../../src/config/option.ts";
import { OPTIONS } from "../../src/config/options.ts";

const text = (flag: string, more: Partial<Option<string>> = {}): Option<string> => ({
  ...option({ flag, value: "TEXT", help: "some text", reason: "r", range: "text", without: "none", read: (value) => ({ value }) }),
  ...more,
});
const json = toggle({ flag: "json", help: "as JSON", reason: "for programs" });
const run = async (): Promise<number> => 0;
const serve = command({
  name: "serve",
  summary: "serve",
  options: { name: text("name"), many: text("many", { repeatable: true }) },
  examples: [],
  run,
});
const add = command({
  name: "user add",
  summary: "add a user",
  arguments: [{ name: "NAME", help: "the user's name" }],
  options: { json, token: text("token", { secret: true }) },
  examples: [{ line: "openclaw-edge user add alice", does: "add alice" }],
  run,
});
const list = command({ name: "user list", summary: "list them", options: { json }, examples: [], run });
const end = command({
  name: "end",
  summary: "end",
  arguments: [{ name: "ID", help: "which", repeatable: true, optional: true }],
  options: {},
  examples: [],
  run,
});
const endAll = command({ name: "end all", summary: "end all", options: {}, examples: [], run });
const SET = { commands: [serve, add, list, end, endAll], default: serve, groups: { user: "users" } };

const read = (line: string): CommandLine =>
  readCommandLine(
    line.split(" ").filter((word) => word !== ""),
    SET,
  );

function ran(line: string): { name: string; flags: object; words: readonly string[]; slips: readonly string[] } {
  const result = read(line);
  if (result.kind !== "run") throw new Error(result.kind);
  const { command: it, flags, words, slips } = result;
  return { name: it.name, flags, words, slips: slips.map(({ where, what, mend }) => `${where}: ${what} ${mend}`) };
}

describe("what is called", () => {
  test.each([
    ["", "serve", {}, []],
    ["--name x", "serve", { name: ["x"] }, []],
    ["--name=x=y", "serve", { name: ["x=y"] }, []],
    ["--name=", "serve", { name: [""] }, []],
    ["--name -1", "serve", { name: ["-1"] }, []],
    ["--many a --many=b serve --many c", "serve", { many: ["a", "b", "c"] }, []],
    ["user add alice --json", "user add", { json: ["true"] }, ["alice"]],
    ["user --json add alice", "user add", { json: ["true"] }, ["alice"]],
    ["--json user add alice", "user add", { json: ["true"] }, ["alice"]],
    ["user add --json=false alice", "user add", { json: ["false"] }, ["alice"]],
    ["user add --no-json alice", "user add", { json: ["false"] }, ["alice"]],
    ["user add -- --alice", "user add", {}, ["--alice"]],
    ["user add --token-file /run/x alice", "user add", { "token-file": ["/run/x"] }, ["alice"]],
    ["end", "end", {}, []],
    ["end a b c", "end", {}, ["a", "b", "c"]],
  ])("%j is %s", (line, name, flags, words) => expect(ran(line)).toEqual({ name, flags, words, slips: [] }));

  test.each([
    ["--help", { kind: "help", about: [] }],
    ["-h", { kind: "help", about: [] }],
    ["--name x --help", { kind: "help", about: [] }],
    ["user add --help", { kind: "help", about: ["user", "add"] }],
    ["user add alice --help", { kind: "help", about: ["user", "add"] }],
    ["help user add", { kind: "help", about: ["user", "add"] }],
    ["user --help", { kind: "help", about: ["user"] }],
    ["--version", { kind: "version" }],
    ["-V", { kind: "version" }],
    ["user", { kind: "group", name: "user" }],
  ])("%j asks", (line, expected) => expect(read(line)).toEqual(expected));
});

describe("slips, all of them, each with the nearest right word", () => {
  test.each<[string, string[]]>([
    ["--nme x", ["--nme: There is no such flag. Did you mean --name?"]],
    ["--Name x", ["--Name: There is no such flag. Did you mean --name?"]],
    ["--hlep", ["--hlep: There is no such flag. Did you mean --help?"]],
    ["-x", ["-x: There is no such flag. Leave it out."]],
    ["--name", ["--name: It has no value. Write --name TEXT."]],
    ["--name --many", ["--name: It has no value. Write --name TEXT.", "--many: It has no value. Write --many TEXT."]],
    [
      "user add --token-file",
      [
        "--token-file: It has no value. Write --token-file FILE.",
        "NAME: It is missing: the user's name. Write openclaw-edge user add NAME.",
      ],
    ],
    [
      "--json",
      [
        "--json: openclaw-edge serve has no such flag; openclaw-edge user add has. Leave it out. Its own flags: openclaw-edge serve --help.",
      ],
    ],
    ["xyz", ['"xyz": It belongs to no flag, and it is no command. Every value needs its flag, as in --domain ai.example.com.']],
    ["user list extra", ['"extra": openclaw-edge user list takes no words, flags only. Write openclaw-edge user list.']],
    ["serve alll", ['"alll": openclaw-edge serve takes no words, flags only. Every value needs its flag, as in --domain ai.example.com.']],
    ["user add alice bob", ['"bob": It is one word too many. Write openclaw-edge user add NAME.']],
    ["user add", ["NAME: It is missing: the user's name. Write openclaw-edge user add NAME."]],
    ["--nme x --mny y", ["--nme: There is no such flag. Did you mean --name?", "--mny: There is no such flag. Did you mean --many?"]],
    ["--nme user list", ["--nme: There is no such flag. Did you mean --name?"]],
  ])("%j", (line, slips) => expect(ran(line).slips).toEqual(slips));

  test.each([
    ["user ad alice", '"user ad": There is no such command. Did you mean openclaw-edge user add?'],
    ["user frobnicate", '"user frobnicate": There is no such command. What there is: openclaw-edge user --help.'],
    ["usr", '"usr": There is no such command. Did you mean openclaw-edge user?'],
    // What belongs to a command that is not known is not called wrong.
    ["usr ad alice --json --nme x", '"usr": There is no such command. Did you mean openclaw-edge user?'],
  ])("%j is no command, and nothing else is said", (line, told) => {
    const result = read(line);
    if (result.kind !== "unknown") throw new Error(result.kind);
    const { where, what, mend } = result.slip;
    expect(`${where}: ${what} ${mend}`).toBe(told);
  });

  test("attack: a secret as a flag's value is no flag at all, and its value is not repeated", () => {
    const { slips } = ran("user add alice --token oce_secret");
    expect(slips).toEqual(["--token: There is no such flag. Did you mean --token-file?"]);
    expect(JSON.stringify(slips)).not.toContain("oce_secret");
  });

  test("a flag's name can't move the cursor", () => {
    expect(ran("--\u001b[2Jname x").slips[0]).toMatch(/^--\?\[2Jname: /);
  });
});

test("help shows a secret's flag as a file, a switch without a value, and the arguments", () => {
  const help = helpAbout(["user", "add"], SET) ?? "";
  expect(help).toContain("Usage: openclaw-edge user add NAME [options]");
  expect(help).toMatch(/--token-file FILE +some text/);
  expect(help).toMatch(/--json +as JSON \(default: off\)/);
  expect(help).toMatch(/NAME +the user's name/);
  expect(helpAbout(["user"], SET)).toMatch(/user add NAME +add a user\n +user list +list them/);
  expect(helpAbout([], SET)).toMatch(/user add\|list +users/);
  expect(helpAbout(["usr"], SET)).toBeUndefined();
});

describe("the registry", () => {
  test("no two commands have one name, and every name of two words has its group, or a command of the first word", () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const first = names.filter((name) => name.includes(" ")).map((name) => name.split(" ")[0] ?? "");
    const groups = first.filter((word) => !names.includes(word));
    expect([...new Set(groups)].toSorted()).toEqual(Object.keys(COMMAND_GROUPS).toSorted());
  });

  test("a flag means one thing: it has a value in every command or in none, or the command line could not be read", () => {
    const kinds = new Map<string, boolean>();
    for (const { options } of COMMANDS) {
      for (const row of Object.values(options)) {
        const isSwitch = row.value === undefined;
        expect([flagOf(row), kinds.get(flagOf(row)) ?? isSwitch]).toEqual([flagOf(row), isSwitch]);
        kinds.set(flagOf(row), isSwitch);
      }
    }
  });

  test("a command that is configured by the file has no row of its own under the name of one of the edge's", () => {
    const shared = new Map(Object.values(OPTIONS).map((row) => [row.flag, row as Option<unknown>]));
    for (const { name, isConfigured, options } of COMMANDS) {
      if (!isConfigured) continue;
      for (const row of Object.values(options)) expect([name, shared.get(row.flag) ?? row]).toEqual([name, row]);
    }
  });
});
