import { resolve } from "node:path";

import type { Problem } from "../errors.ts";
import { nearest } from "./nearest.ts";
import type { Option } from "./option.ts";
import { isMistake } from "./read.ts";
import { readSecretFile } from "./secret.ts";
import type { Surroundings } from "./surroundings.ts";
import { variable, type Source, type Written } from "./written.ts";

const PREFIX = "OPENCLAW_EDGE_";
/** What others read: the first user of a new state directory. */
const OTHERS = ["USER", "PASSWORD", "PASSWORD_FILE"].map((name) => PREFIX + name);
/** What Kubernetes and Docker's links set by themselves for a service that is named openclaw-edge. */
const ORCHESTRATION = /^OPENCLAW_EDGE_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/**
 * What the environment says. An empty variable says nothing. Several values are separated by commas. A variable of ours that does not
 * exist is refused: it is a word misspelt, and a bound or a rule that its author believes in.
 */
export async function fromEnvironment(
  rows: readonly Option<unknown>[],
  { environment, directory }: Surroundings,
): Promise<{ readonly source: Source; readonly problems: readonly Problem[] }> {
  const source = new Map<string, readonly Written[]>();
  const problems: Problem[] = [];
  for (const row of rows) {
    const name = variable(row.flag);
    const text = environment[name] ?? "";
    const origin = { kind: "environment", name } as const;
    if (text.trim() !== "") {
      const texts = row.repeatable ? text.split(row.secret ? "\n" : /[,\n]/).filter((part) => part.trim() !== "") : [text];
      source.set(
        row.flag,
        texts.map((part) => ({ text: part, origin })),
      );
    }
    const path = row.secret ? (environment[`${name}_FILE`] ?? "") : "";
    if (path === "") continue;
    const secret = source.has(row.flag)
      ? { what: `${name} is set as well.`, mend: "Set one of the two." }
      : await readSecretFile(resolve(directory, path), row.repeatable);
    if (isMistake(secret)) problems.push({ where: `${name}_FILE`, ...secret });
    else source.set(row.flag, [{ text: secret.value, origin: { kind: "environment", name: `${name}_FILE` } }]);
  }
  return { source, problems: [...problems, ...unknownVariables(rows, environment)] };
}

function unknownVariables(rows: readonly Option<unknown>[], environment: Surroundings["environment"]): readonly Problem[] {
  const known = [...rows.flatMap(({ flag, secret }) => [variable(flag), ...(secret ? [`${variable(flag)}_FILE`] : [])]), ...OTHERS];
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && environment[name] !== "" && !known.includes(name) && !ORCHESTRATION.test(name))
    .map((name) => {
      const near = nearest(
        name.slice(PREFIX.length),
        known.map((one) => one.slice(PREFIX.length).toLowerCase().replaceAll("_", "-")),
      );
      const mend = near === undefined ? "Unset it. Every option: openclaw-edge serve --help." : `Did you mean ${variable(near)}?`;
      return { where: name, what: "There is no such variable.", mend };
    });
}
