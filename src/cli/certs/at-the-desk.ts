/** Asks the running edge, and where none runs does it here. */
import { stat } from "node:fs/promises";

import { PATIENCE } from "../../admin/certificates.ts";
import type { Verb } from "../../admin/verb.ts";
import type { CertificateDesk } from "../../edge-certificates.ts";
import type { OptionReader } from "../../config/option-reader.ts";
import { loadSettings } from "../../config/load.ts";
import type { OPTIONS } from "../../config/options.ts";
import type { Surroundings } from "../../config/surroundings.ts";
import type { Flags } from "../../config/written.ts";
import { openState } from "../../state/version.ts";
import { ConfigurationError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { createLog } from "../../log/logger.ts";
import { announceState, askIfRunning, stateOf } from "../ask-edge.ts";
import { printProblems } from "../problems.ts";

interface Asking {
  readonly options: OptionReader<{ readonly state: (typeof OPTIONS)["state"] }>;
  readonly flags: Flags;
  readonly surroundings: Surroundings;
}

/** The answer, or the exit code after what went wrong was printed. */
export async function atTheDesk<Request, Answer>(
  command: string,
  { options, flags, surroundings }: Asking,
  verb: Verb<Request, Answer>,
  request: Request,
  byItself: (desk: CertificateDesk) => Promise<Answer>,
): Promise<{ readonly answer: Answer } | number> {
  const location = stateOf(options, surroundings);
  const asked = await askIfRunning(command, location, verb, request, PATIENCE);
  if (asked !== undefined) return asked;
  const { force: _force, reason: _reason, ...rest } = flags;
  const loaded = await loadSettings(rest, surroundings);
  if (loaded.kind === "refused") {
    process.stderr.write(`No edge runs on ${location.path}, so this command needs the edge's own options.\n\n`);
    return printProblems(loaded.problems, { command });
  }
  const { edge: config } = loaded.settings;
  announceState({ ...location, path: config.state });
  await refuseRootForAnother(config.tls.kind === "acme" ? config.tls.certificates : config.state, command);
  await openState(config.state, { migrate: false });
  process.stderr.write("No edge runs there, so this command does it by itself.\n");
  const { withCertificates } = await import("../../edge-certificates.ts");
  return { answer: await withCertificates(config, commandLog(), byItself) };
}

/** What happens meanwhile, on standard error, but for the requests of CAs. */
function commandLog(): Log {
  const log = createLog({ format: "text", destination: 2, colours: process.stderr.isTTY && process.stderr.hasColors(), buffer: 0 });
  return { ...log, exchange: () => {} };
}

/** What root makes in another user's directory, that user's edge could not read. */
async function refuseRootForAnother(directory: string, command: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const owner = (await stat(directory).catch(() => undefined))?.uid ?? 0;
  if (owner === 0) return;
  const mend = `Start the edge and ask again, or run it as that user:\n  sudo -u '#${owner}' openclaw-edge ${command} …`;
  throw new ConfigurationError([{ where: directory, what: `It belongs to user id ${owner}, and this command runs as root.`, mend }]);
}
