import { readAuthority, type Authority } from "../certificates/authority.ts";
import type { Option } from "../config/option.ts";
import type { OPTIONS } from "../config/options.ts";
import { stateDirectory } from "../config/state-directory.ts";
import type { Call } from "./command.ts";
import { paint, wrap } from "./terminal.ts";
import { installAuthority, uninstallAuthority } from "./trust/debian.ts";
import { SYSTEMS, type SystemName, type TrustSteps } from "./trust/systems.ts";
import { undertake } from "./undertake.ts";

type TrustOptions = {
  readonly state: typeof OPTIONS.state;
  readonly domain: typeof OPTIONS.domain;
  readonly install: Option<boolean>;
  readonly uninstall: Option<boolean>;
  readonly for: Option<SystemName>;
};

/** `openclaw-edge trust`. */
export function trust({ options, surroundings }: Call<TrustOptions>): Promise<number> {
  return undertake("trust", async () => {
    const state = options.one("state") ?? stateDirectory(surroundings);
    // Undoing must not need the CA: whoever removed the edge may have deleted it already.
    if (options.required("uninstall")) return uninstallAuthority(surroundings);
    const authority = await readAuthority(state);
    if (options.required("install"))
      return installAuthority(authority, surroundings, new Set(options.all("domain").map(({ value }) => value)));
    const only = options.one("for");
    process.stdout.write(guide(authority, only === undefined ? Object.values(SYSTEMS) : [SYSTEMS[only]]));
    return 0;
  });
}

function guide(authority: Authority, systems: readonly TrustSteps[]): string {
  const bold = (text: string): string => paint(process.stdout, "bold", text);
  const half = authority.fingerprint.length / 2;
  return [
    bold("The edge's local CA"),
    `  file         ${authority.path}`,
    `  name         ${authority.name}`,
    ...wrap(`vouches for  private names and addresses${authority.beyond.map((name) => `, ${name}`).join("")}`, "  "),
    `  valid until  ${authority.expires.toISOString().slice(0, 10)}`,
    `  SHA-256      ${authority.fingerprint.slice(0, half + 1)}`,
    `               ${authority.fingerprint.slice(half + 1)}`,
    "",
    ...wrap(
      "Compare the SHA-256 fingerprint on each device before you trust the file: whoever swaps it on its way could read along. The file itself is no secret.",
      "",
    ),
    ...systems.flatMap(({ title, steps, undo }) => [
      "",
      bold(title),
      ...wrap(steps(authority), "  "),
      "  To undo:",
      ...wrap(undo(authority), "    "),
    ]),
    "",
  ].join("\n");
}
