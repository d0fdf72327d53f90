import { nextWords, type CommandWords, type FlagWords, type Value, type Vocabulary } from "./vocabulary.ts";

/** The completion script for zsh: sourced, or in a directory of $fpath as _openclaw-edge. */
export function zshScript(vocabulary: Vocabulary): string {
  const { commands, groups, valueFlags } = vocabulary;
  const names = [...commands.filter(({ name }) => name !== ""), ...groups].map(({ name }) => `"${name}"`);
  const [usual] = commands;
  return `#compdef openclaw-edge
# zsh completion for openclaw-edge. Made by: openclaw-edge completion zsh

_openclaw_edge() {
  local command="" i start=1
  for ((i = 2; i < CURRENT; i++)); do
    case "\${words[i]}" in
      ${[...valueFlags.keys()].join("|")}) ((i++)) ;;
      -*) ;;
      *)
        case "$command\${command:+ }\${words[i]}" in
          ${names.join("|")}) command="$command\${command:+ }\${words[i]}"; start=$i ;;
        esac ;;
    esac
  done
  # What belongs to the command stands behind its name.
  if ((start > 1)); then
    words=(openclaw-edge "\${(@)words[start+1,-1]}")
    ((CURRENT -= start - 1))
  fi
  case "$command" in
${commands
  .filter(({ name }) => name !== "")
  .map(commandCase)
  .join("\n")}
${groups.map(({ name }) => `    "${name}") _arguments ${nextWordSpec(vocabulary, name)} ;;`).join("\n")}
    *)
      _arguments \\
${specs(usual?.flags ?? [])} \\
        ${nextWordSpec(vocabulary, "")} ;;
  esac
}

if [ "\${funcstack[1]}" = "_openclaw-edge" ]; then
  _openclaw_edge "$@"
else
  compdef _openclaw_edge openclaw-edge
fi
`;
}

function commandCase({ name, flags, argument }: CommandWords): string {
  const last = argument.kind === "nothing" ? "" : ` \\\n        ${quoted(`*:${placeholder(argument)}:${action(argument)}`)}`;
  return `    "${name}")\n      _arguments \\\n${specs(flags)}${last} ;;`;
}

const specs = (flags: readonly FlagWords[]): string => flags.map((flag) => `        ${quoted(spec(flag))}`).join(" \\\n");

function spec({ flag, help, value, repeatable }: FlagWords): string {
  if (value.kind === "nothing") return `${flag}[${plain(help)}]`;
  return `${repeatable ? "*" : ""}${flag}=[${plain(help)}]:${placeholder(value)}:${action(value)}`;
}

const nextWordSpec = (vocabulary: Vocabulary, group: string): string =>
  quoted(
    `1:command:((${nextWords(vocabulary, group)
      .map(({ word, help }) => `${word}\\:"${plain(help)}"`)
      .join(" ")}))`,
  );

function action(value: Value): string {
  switch (value.kind) {
    case "words":
      return `(${value.words.join(" ")})`;
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "text":
    case "nothing":
      // A space: there is nothing to offer.
      return " ";
    default:
      return value satisfies never;
  }
}

const placeholder = (value: Value): string => (value.kind === "text" ? value.name : value.kind);

/** Words without anything that means something to zsh. */
const plain = (text: string): string =>
  text
    .replaceAll(/["$\\`[\]()]/g, "")
    .replaceAll("'", "’")
    .replaceAll(":", ",");
const quoted = (text: string): string => `'${text}'`;
