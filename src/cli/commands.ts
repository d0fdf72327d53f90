import type { Command } from "./command.ts";
import { CONFIG_CHECK, CONFIG_INIT, CONFIG_SCHEMA, CONFIG_SHOW } from "./commands/config.ts";
import { DEMO } from "./commands/demo.ts";
import { ROUTES } from "./commands/routes.ts";
import { SERVE } from "./commands/serve.ts";

/** Every command, in the order of `--help`. To add one: a file in commands/ and a line here. */
export const COMMANDS: readonly Command[] = [SERVE, DEMO, ROUTES, CONFIG_CHECK, CONFIG_SHOW, CONFIG_INIT, CONFIG_SCHEMA];

/** What runs when no command is named. */
export const DEFAULT_COMMAND: Command = SERVE;

/** Words that only begin a command's name, with what their commands are about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  config: "check, show and make the configuration file",
};
