import { MALLOC_ENVIRONMENT, V8_FLAG } from "./runtime-settings.ts";
import { programOf, SERVICE_USER, SERVICE, type Layout } from "./layout.ts";

const MALLOC = Object.entries(MALLOC_ENVIRONMENT)
  .map(([name, value]) => `${name}=${value}`)
  .join(" ");

/** One port that systemd listens on for the edge. */
export interface SocketPort {
  /** What the edge takes it for (sd_listen_fds(3), FileDescriptorName). */
  readonly name: "https" | "http";
  readonly port: number;
  /** Addresses; empty: all, both families. */
  readonly hosts: readonly string[];
}

export interface UnitsOptions {
  readonly layout: Layout;
  /** Absolute path of Node. */
  readonly node: string;
  readonly ports: readonly SocketPort[];
  /** Seconds in which WebSockets and requests may end. */
  readonly drain: number;
}

export const socketName = (name: string): string => `openclaw-edge-${name}.socket`;

/** Every unit file by its name. */
export function units(options: UnitsOptions): ReadonlyMap<string, string> {
  const sockets = options.ports.map((port) => [socketName(port.name), socketUnit(port)] as const);
  return new Map([[SERVICE, serviceUnit(options)], ...sockets]);
}

/** The account that the service runs as (sysusers.d(5)). */
export const sysusers = ({ state }: Layout): string => `u ${SERVICE_USER} - "openclaw-edge" ${state}\n`;

function socketUnit({ name, port, hosts }: SocketPort): string {
  const streams = hosts.length === 0 ? [String(port)] : hosts.map((host) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  return `# Made by: openclaw-edge service install
[Unit]
Description=openclaw-edge: port ${port} (${name})
Documentation=man:systemd.socket(5)

[Socket]
# systemd keeps the port while the edge is restarted or replaced: nobody is refused.
${streams.map((stream) => `ListenStream=${stream}\n`).join("")}FileDescriptorName=${name}
Service=${SERVICE}
Backlog=4096

[Install]
WantedBy=sockets.target
`;
}

function serviceUnit({ layout, node, ports, drain }: UnitsOptions): string {
  const sockets = ports.map(({ name }) => socketName(name)).join(" ");
  const isSystem = layout.kind === "system";
  const account = isSystem ? `User=${SERVICE_USER}\nGroup=${SERVICE_USER}\nStateDirectory=openclaw-edge\nStateDirectoryMode=0700\n` : "";
  const program = ["serve", "--config", layout.configuration, "--state", layout.state].map(quoted).join(" ");
  return `# Made by: openclaw-edge service install
[Unit]
Description=openclaw-edge: HTTPS and sign-in in front of the OpenClaw Gateway
Requires=${sockets}
After=${sockets} network-online.target
Wants=network-online.target
# However often it fails: it is tried again.
StartLimitIntervalSec=0

[Service]
Type=exec
${account}ExecStart=${quoted(node)} ${V8_FLAG} ${quoted(programOf(layout))} ${program}
ExecReload=/bin/kill -HUP $MAINPID
Sockets=${sockets}
Environment=NODE_ENV=production ${MALLOC}
Restart=always
RestartSec=1
# WebSockets are told to come back; what has not ended by then is cut.
KillMode=mixed
TimeoutStopSec=${drain + 10}
LimitNOFILE=65536
TasksMax=64
MemoryMax=1G
${hardening(isSystem)}
[Install]
WantedBy=${isSystem ? "multi-user.target" : "default.target"}
`;
}

/** What the process may not do. Node compiles at run time, so writable memory has to become executable; lowering a thread's priority is allowed. */
function hardening(isSystem: boolean): string {
  const everywhere = `
NoNewPrivileges=yes
UMask=0077
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
`;
  if (!isSystem) return everywhere;
  return `
# The ports are systemd's; the capability is for those that are changed in the configuration alone.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE${everywhere}SystemCallFilter=~@privileged @mount @clock @module @raw-io @reboot @swap @obsolete @debug @cpu-emulation
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
KeyringMode=private
`;
}

/** As systemd reads a word back (systemd.service(5), Command lines; % begins a specifier). */
function quoted(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w\-./:=@%]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
