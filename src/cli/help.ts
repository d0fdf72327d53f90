import type { Option } from "../config/option.ts";
import { flagOf, usageOf } from "./command-line.ts";
import type { Command, Example } from "./command.ts";
import { commandNamed, secondWords, type CommandSet } from "./command-set.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { paint, wrap } from "./terminal.ts";

/** Columns before what is said about a flag or a command; a longer one has a line of its own. */
const COLUMN = 29;

/** Help about a command or a group of them by its words, or about the whole; undefined: there is no such command. */
export function helpAbout(words: readonly string[], set: CommandSet): string | undefined {
  const [first] = words;
  if (first === undefined) return overview(set);
  const { command } = commandNamed(words, set);
  if (command !== undefined) return commandHelp(command);
  return set.groups[first] === undefined || words.length > 1 ? undefined : groupHelp(first, set);
}

/** What there is, the main options, and examples. The other options are in `openclaw-edge serve --help`. */
function overview(set: CommandSet): string {
  const { commands, default: usual } = set;
  const main = Object.values(usual.options).filter(({ group }) => group === "Main options");
  return page([
    wrap("The front door for a self-hosted OpenClaw Gateway: HTTPS, sign-in, HTTP and WebSocket in one process.", ""),
    [`${heading("Usage:")} ${usageLine(usual)}`, "       openclaw-edge COMMAND [options]"],
    [heading("Commands:"), ...commandList(set)],
    ...optionGroups(main),
    [
      heading("Other options:"),
      ...entries([
        ["-h, --help", "print help, after a command for that command"],
        ["-V, --version", "print the version"],
      ]),
    ],
    exampleList([...commands.filter(({ name }) => name === "demo"), usual].flatMap(({ examples }) => examples)),
    [heading("Exit codes:"), ...entries(EXIT_CODES.map(({ code, means }) => [code, means]))],
    ["Every option: openclaw-edge serve --help", "A command's own: openclaw-edge COMMAND --help"],
  ]);
}

function commandHelp(command: Command): string {
  return page([
    [...wrap(sentence(command.summary), ""), ...(command.details === undefined ? [] : ["", ...wrap(command.details, "")])],
    [`${heading("Usage:")} ${usageLine(command)}`],
    ...(command.arguments.length === 0
      ? []
      : [[heading("Arguments:"), ...entries(command.arguments.map(({ name, help }) => [name, help]))]]),
    ...optionGroups(Object.values(command.options)),
    exampleList(command.examples),
  ]);
}

/** `openclaw-edge user --help`. */
export function groupHelp(group: string, { commands, groups }: CommandSet): string {
  const members = commands.filter(({ name }) => name.startsWith(`${group} `));
  return page([
    wrap(sentence(groups[group] ?? ""), ""),
    [`${heading("Usage:")} openclaw-edge ${group} COMMAND [options]`],
    [heading("Commands:"), ...entries(members.map((member) => [termOf(member), member.summary]))],
    [`More about one: openclaw-edge ${group} COMMAND --help`],
  ]);
}

function commandList(set: CommandSet): readonly string[] {
  const shown = new Set<string>();
  const rows: (readonly [string, string])[] = [];
  for (const command of set.commands) {
    const [first = "", second] = command.name.split(" ");
    const group = set.groups[first];
    if (second === undefined || group === undefined) rows.push([termOf(command), command.summary]);
    else if (!shown.has(first)) {
      rows.push([`${first} ${secondWords(first, set).join("|")}`, group]);
      shown.add(first);
    }
  }
  return entries(rows);
}

function optionGroups(rows: readonly Option<unknown>[]): readonly (readonly string[])[] {
  return [...Map.groupBy(rows, ({ group }) => group)].map(([group, members]) => [
    heading(`${group}:`),
    ...entries(members.map((row) => [termOfOption(row), `${row.help.replaceAll("`", "")} (${usualOf(row)})`])),
  ]);
}

function exampleList(examples: readonly Example[]): readonly string[] {
  if (examples.length === 0) return [];
  const lines = examples.flatMap(({ line, does }) => [...line.split("\n").map((part) => `  ${part}`), ...wrap(does, "      ")]);
  return [heading("Examples:"), ...lines];
}

const termOf = ({ name, arguments: wanted }: Command): string => `${name} ${usageOf(wanted)}`.trimEnd();

export function termOfOption(row: Option<unknown>): string {
  const value = row.secret ? "FILE" : row.value;
  return `--${flagOf(row)}${value === undefined ? "" : ` ${value}`}`;
}

export function usualOf(row: Option<unknown>): string {
  const text = row.value === undefined && row.default === "false" ? "off" : row.default.replaceAll("`", "");
  return text === "required" ? text : `default: ${text}`;
}

function usageLine(command: Command): string {
  if (command.usage !== undefined) return command.usage;
  const required = Object.values(command.options).filter((row) => row.default === "required");
  return ["openclaw-edge", command.name, ...required.map(termOfOption), usageOf(command.arguments), "[options]"]
    .filter((part) => part !== "")
    .join(" ");
}

/** Terms and what they mean, in two columns of 80. */
function entries(rows: readonly (readonly [string, string])[]): readonly string[] {
  return rows.flatMap(([term, text]) => {
    const [first = "", ...rest] = wrap(text, " ".repeat(COLUMN));
    const head = `  ${term}`;
    return head.length <= COLUMN - 2 ? [head.padEnd(COLUMN) + first.slice(COLUMN), ...rest] : [head, first, ...rest];
  });
}

const heading = (text: string): string => paint(process.stdout, "bold", text);
const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
const page = (blocks: readonly (readonly string[])[]): string =>
  `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
