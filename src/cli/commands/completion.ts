import { command } from "../command.ts";

export const COMPLETION = command({
  name: "completion",
  summary: "print the completion script for a shell",
  arguments: [{ name: "SHELL", help: "bash, zsh or fish", words: ["bash", "zsh", "fish"] }],
  options: {},
  examples: [
    {
      line: "openclaw-edge completion bash \\\n    > ~/.local/share/bash-completion/completions/openclaw-edge",
      does: "bash, with the bash-completion package",
    },
    { line: 'eval "$(openclaw-edge completion bash)"', does: "bash without it, in ~/.bashrc" },
    { line: 'openclaw-edge completion zsh > "${fpath[1]}/_openclaw-edge"', does: "zsh, then a new shell" },
    { line: "openclaw-edge completion fish > ~/.config/fish/completions/openclaw-edge.fish", does: "fish" },
  ],
  run: async ({ words: [shell = ""] }) => {
    const { printCompletion } = await import("../completion.ts");
    return printCompletion(shell);
  },
});
