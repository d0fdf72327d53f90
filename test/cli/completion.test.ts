/** Completion as a person sees it: a real shell on a terminal, the tab key, and the command line that comes of it. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { COMMANDS } from "../../src/cli/commands.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { run } from "./run-command.ts";

/** How each shell is started without anybody's settings, and told to take its completions from a file. */
const SHELLS = {
  bash: {
    start: "bash --norc --noprofile -i",
    load: "PS1='ready> '; bind 'set bell-style none'; source SCRIPT",
    call: "openclaw-edge() { printf '[%s]' \"$@\"; echo .; }",
  },
  zsh: {
    start: "zsh -f -i",
    load: "PS1='ready> '; unsetopt beep prompt_cr prompt_sp; autoload -Uz compinit; compinit -u -D; source SCRIPT",
    call: "openclaw-edge() { printf '[%s]' \"$@\"; echo .; }",
  },
  fish: {
    start: "fish --no-config -i",
    load: "function fish_prompt; echo 'ready> '; end; source SCRIPT",
    call: "function openclaw-edge; printf '[%s]' $argv; echo .; end",
  },
} as const;

type Shell = keyof typeof SHELLS;

const isThere = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** What the tab key makes of what was typed: the words that the command is called with. */
async function typed(shell: Shell, script: string, lines: readonly string[], directory: string): Promise<readonly string[]> {
  const { start, load, call } = SHELLS[shell];
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    TERM: "dumb",
    LC_ALL: "C.UTF-8",
    INPUTRC: "/dev/null",
    HISTFILE: "",
  };
  const child = spawn("script", ["-qfec", start, "/dev/null"], { cwd: directory, env: environment, stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const until = async (done: () => boolean): Promise<void> => {
    for (let waited = 0; !done(); waited += 20) {
      if (waited > 10_000) throw new Error(`${shell} did not answer:\n${output}`);
      await sleep(20);
    }
  };
  child.stdin.write(`${load.replace("SCRIPT", script)}\n${call}\nopenclaw-edge loaded\n`);
  await until(() => output.includes("[loaded]."));
  const calls = (): readonly string[] => [...output.matchAll(/^(\[.*\])\.\r?$/gm)].map(([, words]) => words ?? "");
  const answers: string[] = [];
  for (const line of lines) {
    const before = calls().length;
    child.stdin.write(`${line}\n`);
    await until(() => calls().length > before);
    // zsh writes --flag=value, and leaves out the slash behind a directory.
    answers.push((calls().at(-1) ?? "").replace(/\[(--[a-z-]+)=/, "[$1][").replace("my-directory/", "my-directory"));
  }
  const closed = once(child, "close");
  child.stdin.end("exit\n");
  await closed;
  return answers;
}

/** Typed, with the tab key, and the words that come of it. */
const CASES: readonly (readonly [string, string])[] = [
  ["openclaw-edge dem\t", "[demo]"],
  ["openclaw-edge conf\tche\t", "[config][check]"],
  ["openclaw-edge serve --doma\tx.lan", "[serve][--domain][x.lan]"],
  ["openclaw-edge --log-format js\t", "[--log-format][json]"],
  ["openclaw-edge --log-format js\t--user-h\tx-user", "[--log-format][json][--user-header][x-user]"],
  // The value of a flag is no command.
  ["openclaw-edge --domain demo conf\tini\t", "[--domain][demo][config][init]"],
  ["openclaw-edge config show --js\t", "[config][show][--json]"],
  ["openclaw-edge config check --conf\tmy-e\t", "[config][check][--config][my-edge.json5]"],
  ["openclaw-edge config init my-e\t", "[config][init][my-edge.json5]"],
  ["openclaw-edge --state my-d\t", "[--state][my-directory]"],
  ["openclaw-edge completion fi\t", "[completion][fish]"],
  // Another command's flag is not offered, nor a second command.
  ["openclaw-edge demo --cer\t", "[demo][--cer]"],
  ["openclaw-edge demo conf\t", "[demo][conf]"],
];

describe.each(Object.keys(SHELLS) as Shell[])("%s", (shell) => {
  const here = isThere(shell) && isThere("script");
  if (!here) console.warn(`SKIPPED: completion in ${shell}, which is not here (apt-get install ${shell} bsdutils).`);
  let script = "";
  beforeAll(async () => {
    script = (await run(["completion", shell])).stdout;
  });

  test("the script names every command and every flag", () => {
    for (const { name, options } of COMMANDS) {
      for (const word of name.split(" ")) expect(script).toContain(word);
      for (const { flag } of Object.values(options)) expect(script).toContain(flag);
    }
  });

  test.skipIf(!here)("the tab key completes commands, flags, values and files", { timeout: 60_000 }, async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, "my-edge.json5"), "{}");
    await mkdir(join(directory, "my-directory"));
    await writeFile(join(directory, ".script"), script);
    const answers = await typed(
      shell,
      join(directory, ".script"),
      CASES.map(([line]) => line),
      directory,
    );
    expect(Object.fromEntries(CASES.map(([line], index) => [line, answers[index]]))).toEqual(Object.fromEntries(CASES));
  });

  test.skipIf(!here)("the script is one that the shell finds no fault with", async () => {
    const file = join(await scratchDirectory(), "script");
    await writeFile(file, script);
    const { status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });
});

test("an unknown shell is refused with the nearest that there is", async () => {
  const { code, stderr } = await run(["completion", "fihs"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("Did you mean openclaw-edge completion fish?")]);
});
