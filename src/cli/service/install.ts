import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { decodeOptions, type EdgeOptions } from "../../config/decode.ts";
import { OPTIONS, type OptionName } from "../../config/options.ts";
import type { Surroundings } from "../../config/surroundings.ts";
import type { Flags } from "../../config/written.ts";
import { ConfigurationError } from "../../errors.ts";
import { install } from "../../service/install.ts";
import { systemLayout, userLayout, type Layout } from "../../service/layout.ts";
import { planInstallation, type Plan } from "../../service/plan.ts";
import { paint, wrap } from "../terminal.ts";
import { fileValue, spaced } from "../file-value.ts";
import { consentTo, type Consent } from "./consent.ts";

export interface InstallRequest {
  readonly options: EdgeOptions;
  /** As they were written. */
  readonly flags: Flags;
  readonly ownUser: boolean;
  readonly root: string | undefined;
  readonly consent: Consent;
  readonly surroundings: Surroundings;
  readonly version: string;
}

/** What is not written into the configuration: the unit names these itself. */
const NOT_WRITTEN: ReadonlySet<string> = new Set(["config", "state"]);

/** `openclaw-edge service install` */
export async function installService(request: InstallRequest): Promise<number> {
  const { root, ownUser, surroundings } = request;
  const layout = ownUser ? userLayout(homedir()) : systemLayout();
  needRoot(layout, root, surroundings);
  const plan = planFor(request, layout);
  const go = await consentTo(described(plan, root), request.consent);
  if (go !== true) return go;
  install(plan, root);
  process.stdout.write(`${farewell(plan, root).join("\n")}\n`);
  return 0;
}

/** @throws ConfigurationError where this account may not do that */
export function needRoot(layout: Layout, root: string | undefined, { uid }: Surroundings): void {
  if (layout.kind === "user" || root !== undefined || uid === 0) return;
  throw new ConfigurationError([
    {
      where: "service",
      what: "A service of the whole machine is root's to change.",
      mend: "Run it with sudo, or add --user-service for a service of your own account.",
    },
  ]);
}

/** What would be done. */
export function planFor(
  { options, flags, root, surroundings, version }: Omit<InstallRequest, "ownUser" | "consent">,
  layout: Layout,
): Plan {
  const file = root === undefined ? layout.configuration : join(root, layout.configuration);
  const given = Object.keys(OPTIONS).filter((name) => isGiven(options, name as OptionName)) as OptionName[];
  if (existsSync(file) && given.length > 0) {
    const flags = given.map((name) => `--${OPTIONS[name].flag}`).join(", ");
    throw new ConfigurationError([
      {
        where: flags,
        what: `The service has its configuration already, in ${file}.`,
        mend: "Change it there, and leave the flags out here.",
      },
    ]);
  }
  const decoding = decodeOptions(options, surroundings);
  if ("problems" in decoding && !existsSync(file)) throw new ConfigurationError(decoding.problems);
  const settings = "settings" in decoding ? decoding.settings.edge : undefined;
  const hosts = settings?.hosts ?? [];
  return planInstallation({
    layout,
    version,
    node: process.execPath,
    ports: [
      { name: "https", port: settings?.httpsPort ?? 443, hosts },
      ...(settings?.httpPort === false ? [] : [{ name: "http" as const, port: settings?.httpPort ?? 80, hosts }]),
    ],
    drain: Math.ceil((settings?.timeouts.drain ?? 10_000) / 1_000),
    configuration: configurationText(options, flags, given),
    root,
  });
}

const isGiven = (options: EdgeOptions, name: OptionName): boolean =>
  !NOT_WRITTEN.has(OPTIONS[name].flag) && options.written(name).some(({ origin }) => origin.kind === "flag");

/** The flags, as the configuration file has them. A secret itself, since the service could hardly read the file that it is in. */
function configurationText(options: EdgeOptions, flags: Flags, given: readonly OptionName[]): string {
  const lines = given.map((name) => {
    const { flag, secret, repeatable } = OPTIONS[name];
    const texts = options.written(name).map(({ text }) => text);
    const value = secret ? spaced(repeatable ? texts : texts[0]) : fileValue(name, options, flags);
    return `  ${JSON.stringify(flag)}: ${value},\n`;
  });
  return `// Made by: openclaw-edge service install. Every option: openclaw-edge --help. Check it: openclaw-edge config check
// After a change: systemctl reload openclaw-edge
{
${lines.join("")}}
`;
}

function described(plan: Plan, root: string | undefined): readonly string[] {
  const out = process.stdout;
  const below = root === undefined ? "" : ` (below ${root})`;
  const node = plan.copiedNode === undefined ? "" : `, with a copy of ${plan.copiedNode}`;
  const files = [
    [plan.release, `openclaw-edge ${plan.version}${node}`] as const,
    ...plan.files.map(
      ({ path, purpose, keep }) =>
        [path, keep && existsSync(root === undefined ? path : join(root, path)) ? `${purpose}; stays as it is` : purpose] as const,
    ),
  ];
  return [
    paint(out, "bold", `openclaw-edge service install${below}`),
    "",
    "It writes:",
    ...files.map(([path, purpose]) => `  ${path}\n      ${paint(out, "dim", purpose)}`),
    "",
    "It runs:",
    ...plan.commands.map((command) => `  ${command.join(" ")}`),
    "",
    ...wrap("openclaw-edge service uninstall takes all of it away again, and leaves the configuration and the state.", ""),
  ];
}

function farewell({ layout }: Plan, root: string | undefined): readonly string[] {
  const scope = layout.kind === "user" ? " --user" : "";
  if (root !== undefined) return ["", paint(process.stdout, "green", "Installed."), "It starts when that system does."];
  return [
    "",
    paint(process.stdout, "green", "Installed and started."),
    "",
    `  its log    journalctl${scope} --unit openclaw-edge --follow`,
    `  its state  ${layout.kind === "user" ? "" : "sudo "}openclaw-edge status`,
    `  its users  ${layout.kind === "user" ? "" : "sudo "}openclaw-edge user list`,
    ...(layout.kind === "user" ? ["", "It ends when you log out, unless you allow it to stay: loginctl enable-linger"] : []),
  ];
}
