import { nextWords, type Value, type Vocabulary } from "./vocabulary.ts";

/** The completion script for bash, 3.2 (macOS) and up; it needs no bash-completion package. */
export function bashScript(vocabulary: Vocabulary): string {
  const { commands, groups, valueFlags } = vocabulary;
  const names = [...commands.map(({ name }) => name).filter((name) => name !== ""), ...groups.map(({ name }) => name)];
  return `# bash completion for openclaw-edge. Made by: openclaw-edge completion bash

_openclaw_edge_files() { # file|directory
  local line options=-f
  [[ $1 == directory ]] && options=-d
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$options" -- "$cur")
}

_openclaw_edge_words() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$1" -- "$cur")
}

_openclaw_edge() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command="" i
  COMPREPLY=()
  # --flag=value comes as three words.
  if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${[...valueFlags.keys()].join("|")})
        [[ \${COMP_WORDS[i+1]} == "=" ]] && ((i++))
        ((i++)) ;;
      -*) ;;
      *)
        case "$command\${command:+ }\${COMP_WORDS[i]}" in
          ${names.map(quoted).join("|")}) command="$command\${command:+ }\${COMP_WORDS[i]}" ;;
        esac ;;
    esac
  done
  case "$prev" in
${flagCases(valueFlags)}
  esac
  if [[ $cur == -* ]]; then
    case "$command" in
${commands.map(({ name, flags }) => `      ${quoted(name)}) _openclaw_edge_words ${quoted(flags.map(({ flag }) => flag).join(" "))} ;;`).join("\n")}
    esac
    return
  fi
  case "$command" in
    "") _openclaw_edge_words ${quoted(listOf(vocabulary, ""))} ;;
${groups.map(({ name }) => `    ${quoted(name)}) _openclaw_edge_words ${quoted(listOf(vocabulary, name))} ;;`).join("\n")}
${commands
  .filter(({ name, argument }) => name !== "" && action(argument) !== undefined)
  .map(({ name, argument }) => `    ${quoted(name)}) ${action(argument)} ;;`)
  .join("\n")}
  esac
}

complete -F _openclaw_edge openclaw-edge
`;
}

/** What follows a flag, the flags that are followed by the same in one line. */
function flagCases(valueFlags: Vocabulary["valueFlags"]): string {
  const groups = Map.groupBy(valueFlags, ([, value]) => action(value) ?? "");
  return [...groups]
    .map(([act, flags]) => `    ${flags.map(([flag]) => flag).join("|")}) ${act === "" ? "" : `${act}; `}return ;;`)
    .join("\n");
}

function action(value: Value): string | undefined {
  if (value.kind === "words") return `_openclaw_edge_words ${quoted(value.words.join(" "))}`;
  return value.kind === "file" || value.kind === "directory" ? `_openclaw_edge_files ${value.kind}` : undefined;
}

const listOf = (vocabulary: Vocabulary, group: string): string =>
  nextWords(vocabulary, group)
    .map(({ word }) => word)
    .join(" ");

const quoted = (text: string): string => `"${text}"`;
