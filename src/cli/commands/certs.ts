import { REASONS, type Reason } from "../../admin/certificates.ts";
import { readServedName } from "../../config/names.ts";
import { option, optionGroup, toggle } from "../../config/option.ts";
import { CERTIFICATES } from "../../config/options/certificates.ts";
import { OPTIONS } from "../../config/options.ts";
import { isMistake, mistake, shown, type Read } from "../../config/read.ts";
import type { Problem } from "../../errors.ts";
import { command, type Argument } from "../command.ts";
import { undertake } from "../undertake.ts";

const PLACE = { certs: OPTIONS.certs, state: OPTIONS.state };

/** What is needed where no edge runs: the rest of the configuration. */
const WITHOUT_EDGE = {
  domain: OPTIONS.domain,
  tls: OPTIONS.tls,
  ...CERTIFICATES,
  httpPort: OPTIONS.httpPort,
  httpsPort: OPTIONS.httpsPort,
  host: OPTIONS.host,
  state: OPTIONS.state,
};

const NAME: Argument = { name: "NAME", help: "the name or address, as openclaw-edge certs list shows it" };

/** A name on the command line, as it is kept. */
function checkName(words: readonly string[]): readonly Problem[] {
  const [word] = words;
  // That it is missing has been said.
  if (word === undefined) return [];
  const name = readServedName(word);
  return isMistake(name) ? [{ where: "NAME", what: name.what, mend: "Write it as openclaw-edge certs list shows it." }] : [];
}

export const CERTS_LIST = command({
  name: "certs list",
  summary: "list the certificates that the edge obtains: until when, from whom, and what was wrong",
  details:
    "Reads the directory of the certificates, whether an edge runs or not. Your own files (--cert) and the local CA's are not in it.",
  options: { json: toggle({ flag: "json", help: "print JSON", reason: "For scripts" }), ...PLACE },
  examples: [
    { line: "openclaw-edge certs list", does: "as a table" },
    { line: "openclaw-edge certs list --json", does: "for a script" },
  ],
  run: (call) => undertake("certs list", async () => (await import("../certs/list.ts")).listCertificates(call)),
});

export const CERTS_RENEW = command({
  name: "certs renew",
  summary: "renew a certificate now, if it is due; with --force whether it is or not",
  details:
    "The running edge does it. Where none runs, this command does it by itself under the same lock, with the edge's own options, and listens on its ports meanwhile. " +
    "The CA's limits and its Retry-After are kept in any case.",
  usage: "openclaw-edge certs renew NAME [--force] [options]",
  arguments: [NAME],
  options: {
    ...optionGroup("Renewing", {
      force: toggle({
        flag: "force",
        help: "renew although it is not due, or has failed just now",
        reason: "After you mended what was wrong",
      }),
    }),
    ...WITHOUT_EDGE,
  },
  examples: [
    { line: "openclaw-edge certs renew ai.example.com", does: "if it is due" },
    { line: "openclaw-edge certs renew ai.example.com --force", does: "at once" },
  ],
  check: ({ words }) => checkName(words),
  run: (call) => undertake("certs renew", async () => (await import("../certs/renew.ts")).renewCertificate(call)),
});

const reason = option<Reason>({
  flag: "reason",
  value: "WORD",
  help: "why; key-compromise also voids every TLS session ticket",
  reason: "Whoever checks it can tell a stolen key from an old one (RFC 5280 §5.3.1)",
  range: REASONS.map((word) => `\`${word}\``).join(", "),
  without: "none is given",
  read(text): Read<Reason> {
    const known = REASONS.find((word) => word === text.toLowerCase());
    return known === undefined ? mistake(`${shown(text)} is no reason.`, `Write ${REASONS.join(", ")}.`) : { value: known };
  },
});

export const CERTS_REVOKE = command({
  name: "certs revoke",
  summary: "have a certificate revoked by its CA, and put a new one with a new key in its place first",
  details: "The running edge does it; where none runs, this command does it by itself, with the edge's own options.",
  usage: "openclaw-edge certs revoke NAME [--reason WORD] [options]",
  arguments: [NAME],
  options: { ...optionGroup("Revoking", { reason }), ...WITHOUT_EDGE },
  examples: [{ line: "openclaw-edge certs revoke ai.example.com --reason key-compromise", does: "after its key was stolen" }],
  check: ({ words }) => checkName(words),
  run: (call) => undertake("certs revoke", async () => (await import("../certs/revoke.ts")).revokeCertificate(call)),
});
