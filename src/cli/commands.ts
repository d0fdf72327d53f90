import type { Command } from "./command.ts";
import type { CommandSet } from "./command-set.ts";
import { CERTS_LIST, CERTS_RENEW, CERTS_REVOKE } from "./commands/certs.ts";
import { COMPLETION } from "./commands/completion.ts";
import { CONFIG_CHECK, CONFIG_INIT, CONFIG_SCHEMA, CONFIG_SHOW } from "./commands/config.ts";
import { DEMO } from "./commands/demo.ts";
import { RELOAD } from "./commands/reload.ts";
import { PASS_CREATE } from "./commands/pass-create.ts";
import { PASS_LIST } from "./commands/pass-list.ts";
import { PASS_REVOKE } from "./commands/pass-revoke.ts";
import { ROUTES } from "./commands/routes.ts";
import { SERVE } from "./commands/serve.ts";
import { SERVICE_INSTALL } from "./commands/service-install.ts";
import { SERVICE_STATUS } from "./commands/service-status.ts";
import { SERVICE_UNINSTALL } from "./commands/service-uninstall.ts";
import { SESSIONS, SESSIONS_END } from "./commands/sessions.ts";
import { STATUS } from "./commands/status.ts";
import { STOP } from "./commands/stop.ts";
import { TRUST } from "./commands/trust.ts";
import { USER_ADD } from "./commands/user-add.ts";
import { USER_CHECK } from "./commands/user-check.ts";
import { USER_LIST } from "./commands/user-list.ts";
import { USER_PASSWD } from "./commands/user-passwd.ts";
import { USER_REMOVE } from "./commands/user-remove.ts";
import { USER_SCOPES } from "./commands/user-scopes.ts";

/** Every command, in the order of `--help`. To add one: a file in commands/ and a line here. */
export const COMMANDS: readonly Command[] = [
  SERVE,
  ...[STATUS, RELOAD, STOP],
  ...[SESSIONS, SESSIONS_END],
  ...[USER_ADD, USER_PASSWD, USER_REMOVE, USER_LIST, USER_CHECK, USER_SCOPES],
  ...[PASS_CREATE, PASS_LIST, PASS_REVOKE],
  ...[CERTS_LIST, CERTS_RENEW, CERTS_REVOKE],
  ...[SERVICE_INSTALL, SERVICE_UNINSTALL, SERVICE_STATUS],
  DEMO,
  ROUTES,
  ...[CONFIG_CHECK, CONFIG_SHOW, CONFIG_INIT, CONFIG_SCHEMA],
  TRUST,
  COMPLETION,
];

/** What runs when no command is named. */
export const DEFAULT_COMMAND: Command = SERVE;

/** Words that only begin a command's name, with what their commands are about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  service: "run by systemd, from boot to boot",
  user: "who may sign in, and what they may do at the Gateway",
  certs: "the certificates that the edge obtains by itself",
  pass: "passes for devices and programs that can't fill in a sign-in page",
  config: "check, show and make the configuration file",
};

/** All of it, for whoever reads a command line or writes about it. */
export const commandSet = (): CommandSet => ({ commands: COMMANDS, default: DEFAULT_COMMAND, groups: COMMAND_GROUPS });
