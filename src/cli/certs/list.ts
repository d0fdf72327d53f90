/** `openclaw-edge certs list`. */
import { join } from "node:path";

import { readStatus } from "../../certificates/renewal/read-status.ts";
import type { CertificateStatus } from "../../certificates/status.ts";
import type { Option } from "../../config/option.ts";
import type { OPTIONS } from "../../config/options.ts";
import { stateOf } from "../ask-edge.ts";
import type { Call } from "../command.ts";
import { count, span } from "../quantities.ts";
import { table } from "../table.ts";
import { paint, wrap } from "../terminal.ts";

type Options = Pick<typeof OPTIONS, "certs" | "state"> & { readonly json: Option<boolean> };

export async function listCertificates({ options, surroundings }: Call<Options>): Promise<number> {
  const directory = options.one("certs") ?? join(stateOf(options, surroundings).path, "certs");
  const all = (await readStatus(directory)).toSorted((one, other) => (one.names[0] ?? "").localeCompare(other.names[0] ?? ""));
  if (options.required("json")) process.stdout.write(`${JSON.stringify({ directory, certificates: all }, null, 2)}\n`);
  else process.stdout.write(listText(all, directory, new Date()));
  return 0;
}

/** For a person at a terminal of 80 columns. */
export function listText(all: readonly CertificateStatus[], directory: string, now: Date): string {
  if (all.length === 0)
    return `There are no certificates in ${directory}.\nThe edge obtains them by itself for public names: openclaw-edge --domain NAME\n`;
  const rows = all.map(({ names, expires, next, issuer }) => [
    printable(names.join(", ")),
    expires === undefined ? "none yet" : until(expires, now),
    next === undefined ? "" : until(next, now),
    printable(issuer ?? ""),
  ]);
  const lines = table(["NAME", "EXPIRES", "NEXT TRY", "FROM"], rows);
  return `${[...lines, ...all.flatMap((each) => troubles(each, now))].join("\n")}\n`;
}

function troubles({ names, lastError }: CertificateStatus, now: Date): readonly string[] {
  if (lastError === undefined) return [];
  const { at, count: failures, server, staging, code, detail } = lastError;
  const place = staging ? `the staging of ${server}` : server;
  const when = span((now.getTime() - Date.parse(at)) / 1_000);
  const what = `${count(failures, "failure")} since the last success, the last one ${when} ago at ${place}: ${code}.`;
  return [
    "",
    `  ${paint(process.stdout, "yellow", printable(names.join(", ")))}`,
    ...wrap(what, "    "),
    ...wrap(printable(detail), "    "),
  ];
}

function until(moment: string, now: Date): string {
  const seconds = (Date.parse(moment) - now.getTime()) / 1_000;
  if (seconds <= 0) return `now (${moment.slice(0, 10)})`;
  return `${moment.slice(0, 10)} (${seconds < 86_400 ? span(seconds) : `${Math.floor(seconds / 86_400)} d`})`;
}

/** A CA or a stranger may have written it: nothing in it moves the cursor. */
const printable = (text: string): string => text.replaceAll(/\p{C}/gu, "?");
