import { basename, join } from "node:path";

import { programOf, SERVICE, SERVICE_USER, type Layout } from "./layout.ts";
import { isSystemNode } from "./own-node.ts";
import { releaseName } from "./releases.ts";
import { socketName, sysusers, units, type SocketPort } from "./units.ts";

/** A file that is written. */
export interface PlannedFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** What it is, in a few words. */
  readonly purpose: string;
  /** Whether one that is there already stays as it is. */
  readonly keep: boolean;
}

/** Everything that an installation does, before any of it is done. */
export interface Plan {
  readonly layout: Layout;
  readonly version: string;
  /** Where the packages go, a directory that is not there yet; `current` in the prefix then leads there. */
  readonly release: string;
  /** Absolute path of a Node that is copied, since the service could not reach it where it is, or somebody else than root could replace it there. */
  readonly copiedNode: string | undefined;
  readonly files: readonly PlannedFile[];
  /** Run in their order, without a shell. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
}

export interface PlanOptions {
  readonly layout: Layout;
  readonly version: string;
  /** Of the Node that runs now. */
  readonly node: string;
  readonly ports: readonly SocketPort[];
  /** Seconds. */
  readonly drain: number;
  /** The configuration file's text, where there is none yet. */
  readonly configuration: string;
  /** Puts everything below this directory and starts nothing: for images, packages and tests. */
  readonly root: string | undefined;
}

export function planInstallation({ layout, version, node, ports, drain, configuration, root }: PlanOptions): Plan {
  const isSystem = layout.kind === "system";
  const isCopied = isSystem && !isSystemNode(node);
  const serviceNode = isCopied ? join(layout.prefix, "current/node") : node;
  const file = (path: string, purpose: string, content: string, mode = 0o644, keep = false): PlannedFile => ({
    path,
    purpose,
    content,
    mode,
    keep,
  });
  const unitFiles = [...units({ layout, node: serviceNode, ports, drain })].map(([name, content]) =>
    file(join(layout.units, name), name === SERVICE ? "the service" : "a port that systemd listens on", content),
  );
  const sockets = ports.map(({ name }) => socketName(name));
  const systemctl = (...args: readonly string[]): [string, ...string[]] => ["systemctl", ...(isSystem ? [] : ["--user"]), ...args];
  return {
    layout,
    version,
    release: join(layout.prefix, "releases", releaseName(root === undefined ? layout.prefix : join(root, layout.prefix), version)),
    copiedNode: isCopied ? node : undefined,
    files: [
      // Readable by the service, which it belongs to; written once, and then the operator's.
      file(layout.configuration, "the configuration; yours to edit", configuration, isSystem ? 0o640 : 0o600, true),
      ...(layout.sysusers === undefined ? [] : [file(layout.sysusers, `the account ${SERVICE_USER}`, sysusers(layout))]),
      ...unitFiles,
      file(layout.command, "the command, for people", commandScript(layout, serviceNode), 0o755),
    ],
    commands:
      root !== undefined
        ? [
            ...(layout.sysusers === undefined
              ? []
              : [["systemd-sysusers", `--root=${root}`, basename(layout.sysusers)] as [string, ...string[]]]),
            // systemctl knows no users below another root: theirs is enabled by themselves.
            ...(isSystem ? [systemctl(`--root=${root}`, "enable", SERVICE, ...sockets)] : []),
          ]
        : [
            ...(layout.sysusers === undefined
              ? []
              : [
                  ["systemd-sysusers", layout.sysusers] as [string, ...string[]],
                  ["chgrp", SERVICE_USER, layout.configuration] as [string, ...string[]],
                ]),
            systemctl("daemon-reload"),
            systemctl("enable", "--now", ...sockets),
            systemctl("enable", SERVICE),
            // Of an upgrade too: the sockets stay open meanwhile, and nobody is refused.
            systemctl("restart", SERVICE),
          ],
  };
}

/** What `openclaw-edge` runs from now on. root becomes the service's account, so that what a command writes stays the service's. */
function commandScript(layout: Layout, node: string): string {
  const program = `${word(node)} ${word(programOf(layout))} "$@"`;
  const places = `OPENCLAW_EDGE_STATE="\${OPENCLAW_EDGE_STATE-${layout.state}}" OPENCLAW_EDGE_CONFIG="\${OPENCLAW_EDGE_CONFIG-${layout.configuration}}"`;
  if (layout.kind === "user") return `#!/bin/sh\n# Made by: openclaw-edge service install\n${places} exec ${program}\n`;
  // root's environment (proxies, tokens, NODE_OPTIONS) is none of the service's.
  const account = `setpriv --reuid ${SERVICE_USER} --regid ${SERVICE_USER} --init-groups --no-new-privs --reset-env -- env`;
  return `#!/bin/sh
# Made by: openclaw-edge service install
# The account of the service does the work, so that every file stays its own; what changes the system itself stays root's.
if [ "$(id -u)" = 0 ] && [ "\${1-}" != service ] && [ "\${1-}" != trust ]; then
  exec ${account} ${places} \${NO_COLOR+"NO_COLOR=$NO_COLOR"} ${program}
fi
exec ${program}
`;
}

/** As a shell reads it back. */
const word = (text: string): string => (/^[\w\-./]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);
