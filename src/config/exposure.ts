import { EXEMPTION_NAMES, isExemptionName, type ExemptionName } from "../gateway/exemptions.ts";
import { nearest } from "./nearest.ts";
import { mistake, shown, type Read } from "./read.ts";

/** Names of what is open without a sign-in, with commas between them: `share,hooks`. */
export function readExposure(text: string): Read<readonly ExemptionName[]> {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.filter((name) => !isExemptionName(name));
  if (wrong.length === 0) return { value: names as readonly ExemptionName[] };
  return mistake(
    wrong.length === 1
      ? `There is nothing named ${shown(wrong[0] as string)} to open.`
      : `There is nothing named ${wrong.map(shown).join(", ")}.`,
    mendOf(wrong),
  );
}

function mendOf(wrong: readonly string[]): string {
  const near = wrong.map((name) => nearest(name, EXEMPTION_NAMES));
  if (near.every((name) => name !== undefined)) return `Did you mean ${near.join(", ")}?`;
  return `What can be opened: ${EXEMPTION_NAMES.join(", ")}. openclaw-edge routes tells what each of them is.`;
}
