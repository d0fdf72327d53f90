import type { Command } from "./command.ts";
import { DEMO } from "./commands/demo.ts";
import { SERVE } from "./commands/serve.ts";

/** Every command, in the order of `--help`. To add one: a file in commands/ and a line here. */
export const COMMANDS: readonly Command[] = [SERVE, DEMO];

/** What runs when no command is named. */
export const DEFAULT_COMMAND: Command = SERVE;

/** Words that only begin a command's name, with what their commands are about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {};
