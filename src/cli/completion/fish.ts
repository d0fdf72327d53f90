import { nextWords, type CommandWords, type FlagWords, type Value, type Vocabulary } from "./vocabulary.ts";

/** The completion script for fish. */
export function fishScript(vocabulary: Vocabulary): string {
  const { commands, groups, valueFlags } = vocabulary;
  const names = [...commands.filter(({ name }) => name !== ""), ...groups].map(({ name }) => quoted(name));
  return `# fish completion for openclaw-edge. Made by: openclaw-edge completion fish

function __openclaw_edge_command
    set -l command ""
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case ${[...valueFlags.keys()].join(" ")}
                set skip 1
            case '-*'
            case '*'
                set -l longer (string trim -- "$command $word")
                if contains -- $longer ${names.join(" ")}
                    set command $longer
                end
        end
    end
    echo $command
end

function __openclaw_edge_at
    test (__openclaw_edge_command) = "$argv[1]"
end

complete -c openclaw-edge -f
${["", ...groups.map(({ name }) => name)].flatMap((group) => nextLines(vocabulary, group)).join("\n")}
${commands.flatMap(commandLines).join("\n")}
`;
}

const nextLines = (vocabulary: Vocabulary, group: string): readonly string[] =>
  nextWords(vocabulary, group).map(({ word, help }) => `complete -c openclaw-edge -n ${at(group)} -a ${word} -d ${quoted(help)}`);

function commandLines({ name, flags, argument }: CommandWords): readonly string[] {
  const own = flags.map(
    (flag) => `complete -c openclaw-edge -n ${at(name)} -l ${flag.flag.slice(2)}${valueOf(flag)} -d ${quoted(flag.help)}`,
  );
  const words = offered(argument);
  return name === "" || words === "" ? own : [...own, `complete -c openclaw-edge -n ${at(name)}${words}`];
}

const valueOf = ({ value }: FlagWords): string => (value.kind === "nothing" ? "" : ` -r${offered(value)}`);

/** What is offered: files, directories, or words. */
function offered(value: Value): string {
  if (value.kind === "file") return " -F";
  if (value.kind === "directory") return " -a '(__fish_complete_directories)'";
  return value.kind === "words" ? ` -a ${quoted(value.words.join(" "))}` : "";
}

const at = (name: string): string => `"__openclaw_edge_at '${name}'"`;
const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
