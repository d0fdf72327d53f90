import { readFileSync } from "node:fs";

import { Command, CommanderError, Option } from "commander";

import type { Flags } from "../config/decode.ts";
import type { Option as Row } from "../config/option.ts";
import { OPTIONS } from "../config/options.ts";
import type { Problem } from "../errors.ts";
import { DEMO_OPTIONS } from "./demo-options.ts";
import { misspelt, type Misspelt } from "./misspelt.ts";
import { printProblems } from "./problems.ts";

/** Exit codes: 0 fine, 1 a failure while running, 2 a mistake in the flags or the configuration. */
export type ExitCode = 0 | 1 | 2;

const EXAMPLES = `
Examples:
  openclaw-edge demo
      try it out: a local certificate, a generated password, a small upstream
  openclaw-edge --domain ai.example.com --htpasswd users \\
      --cert fullchain.pem --key privkey.pem
      in front of the Gateway on this machine
  openclaw-edge --domain gateway.lan --domain 192.168.1.20 --htpasswd users
      in a private network, with certificates of a local CA
  htpasswd -B -C 10 -c users alice
      make the users file
`;

/** The command line: wiring and nothing else. Resolves with the process's exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  // A closed pipe (`openclaw-edge --help | head -1`) is no failure.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});

  let exitCode = 0;
  const program = new Command("openclaw-edge")
    .description("The front door for a self-hosted OpenClaw Gateway: HTTPS, sign-in, HTTP and WebSocket in one process.")
    .usage("[serve] --domain NAME --htpasswd FILE [options]")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText("after", EXAMPLES);
  const run = async (rows: readonly Row<unknown>[], command: Command, action: (flags: Flags) => Promise<number>): Promise<void> => {
    exitCode = await checked(rows, command, action);
  };
  const serving = Object.values(OPTIONS);
  const serve = async (flags: Flags): Promise<number> => (await import("./serve.ts")).serve(flags, version());
  accept(program, serving).action(() => run(serving, program, serve));
  const named = program
    .command("serve")
    .description("serve the Gateway (what openclaw-edge does without a command)")
    .helpOption("-h, --help", "print this help");
  accept(named, serving).action(() => run(serving, named, serve));
  const demo = program
    .command("demo")
    .description("try it out: a local certificate, a generated password and a small upstream to look at")
    .helpOption("-h, --help", "print this help");
  accept(demo, DEMO_OPTIONS).action(() => run(DEMO_OPTIONS, demo, async (flags) => (await import("./demo.ts")).demo(flags)));

  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) return printProblems([mistakeOf(error)]);
  }
  return exitCode;
}

/** Gives a command its options from the table. What commander does not know is left to `misspelt`, which finds every such flag at once. */
function accept(command: Command, rows: readonly Row<unknown>[]): Command {
  for (const row of rows) {
    const option = new Option(`--${row.flag} <${row.value}>`, `${row.help} (${described(row)})`);
    command.addOption(
      option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]).helpGroup(`${row.group}:`),
    );
  }
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => {}, getOutHelpWidth: () => Math.min(process.stdout.columns ?? 80, 100) })
    .configureHelp({ optionTerm: (option) => option.flags.replace(/<(.*)>/, "$1") })
    .allowUnknownOption()
    .allowExcessArguments();
}

function described(row: Row<unknown>): string {
  const text = row.default.replaceAll("`", "");
  return text === "required" ? text : `default: ${text}`;
}

async function checked(rows: readonly Row<unknown>[], command: Command, action: (flags: Flags) => Promise<number>): Promise<number> {
  // With globals: `openclaw-edge --domain x serve` means what it says.
  const values = command.optsWithGlobals<Record<string, readonly string[] | undefined>>();
  const flags = Object.fromEntries(
    command.options
      .filter((option) => option.long !== "--version")
      .map((option) => [option.long?.slice(2) ?? "", values[option.attributeName()]]),
  );
  const unknown = misspelt(
    command.args,
    rows.map((row) => row.flag),
  );
  if (unknown.length === 0) return action(flags);
  return printProblems([...unknown, ...(await otherwiseWrong(command, flags, unknown))]);
}

/** What else is wrong is said in the same breath, but not that a flag is missing which was only misspelt. */
async function otherwiseWrong(command: Command, flags: Flags, unknown: readonly Misspelt[]): Promise<readonly Problem[]> {
  const meant = unknown.map((word) => word.meant);
  if (command.name() === "demo" || meant.includes("demo") || meant.includes("serve")) return [];
  const { decode } = await import("../config/decode.ts");
  const decoding = decode(flags);
  if (!("problems" in decoding)) return [];
  return decoding.problems.filter(({ where, what }) => !(what.startsWith("It is missing") && meant.includes(where)));
}

function mistakeOf(error: CommanderError): Problem {
  const flag = /--[\w-]+/.exec(error.message)?.[0];
  if (error.code === "commander.optionMissingArgument" && flag !== undefined) {
    const row = Object.values(OPTIONS).find((option) => `--${option.flag}` === flag);
    return { where: flag, what: "It has no value.", mend: `Write ${flag} ${row?.value ?? "VALUE"}.` };
  }
  return { where: "the command line", what: `${error.message.replace(/^error: /, "")}.`, mend: "See openclaw-edge --help." };
}

function version(): string {
  // Two folders up, in a checkout (src/cli) and in the package (dist/cli) alike.
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
}
