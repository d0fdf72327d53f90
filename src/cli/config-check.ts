import { loadSettings } from "../config/load.ts";
import type { OPTIONS } from "../config/options.ts";
import type { Call } from "./command.ts";
import { paint, wrap } from "./terminal.ts";

/** `openclaw-edge config check`, once nothing was found to be wrong. */
export async function configCheck({ flags, surroundings, written }: Call<typeof OPTIONS>): Promise<number> {
  const loaded = await loadSettings(flags, surroundings);
  if (loaded.kind === "refused") throw new Error("The configuration changed while it was checked.");
  const names = loaded.settings.edge.domains.map(({ value }) => value).join(", ");
  const from = loaded.file === undefined ? "No configuration file is in use." : `The configuration file is ${loaded.file}.`;
  const out = process.stdout;
  out.write([paint(out, "green", "The configuration is right."), ...wrap(`${from} The edge would serve ${names}.`, ""), ""].join("\n"));
  for (const { where, what, mend } of written.warnings)
    out.write(`\n${[...wrap(`${where}: ${what}`, ""), ...wrap(`→ ${mend}`, "")].join("\n")}\n`);
  return 0;
}
