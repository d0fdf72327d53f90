/** `openclaw-edge certs renew`. */
import { RENEW, type RenewAnswer } from "../../admin/certificates.ts";
import { readServedName } from "../../config/names.ts";
import type { Option } from "../../config/option.ts";
import type { OPTIONS } from "../../config/options.ts";
import { isMistake } from "../../config/read.ts";
import type { Call } from "../command.ts";
import { printProblems } from "../problems.ts";
import { atTheDesk } from "./at-the-desk.ts";

type Options = Pick<typeof OPTIONS, "state"> & { readonly force: Option<boolean> };

export async function renewCertificate(call: Call<Options>): Promise<number> {
  const name = nameOf(call.words);
  const force = call.options.required("force");
  const outcome = await atTheDesk("certs renew", call, RENEW, { name, force }, (desk) => desk.renew(name, force));
  return typeof outcome === "number" ? outcome : tellRenewal(name, outcome.answer, "certs renew");
}

/** The name as it is kept; it has been checked. */
export function nameOf(words: readonly string[]): string {
  const read = readServedName(words[0] ?? "");
  return isMistake(read) ? "" : read.value.value;
}

/** Says what became of it; the exit code. */
export function tellRenewal(name: string, answer: RenewAnswer, command: string): number {
  switch (answer.kind) {
    case "renewed":
      process.stdout.write(`${name} has a new certificate, until ${answer.expires.slice(0, 10)}.\n`);
      return 0;
    case "not-due":
      process.stdout.write(`${name} is not due before ${moment(answer.at)}. To renew it all the same: --force\n`);
      return 0;
    case "failed": {
      const { failure, next } = answer;
      const what =
        failure === undefined ? "The CAs want to be left alone for now." : `${failure.server} said no (${failure.code}): ${failure.detail}`;
      const mend = `Mend it; it is tried again at ${moment(next)} by itself, or at once with --force.`;
      printProblems([{ where: name, what, mend }], { command, refusal: "There is no new certificate:" });
      return 1;
    }
    case "unknown":
      printProblems([unknown(name, answer.names)], { command });
      return 2;
    default:
      return answer satisfies never;
  }
}

export function unknown(name: string, names: readonly string[]) {
  const mend =
    names.length === 0 ? "It obtains none at all: they are the local CA's, or your own (--cert)." : `It does for: ${names.join(", ")}.`;
  return { where: name, what: "The edge obtains no certificate for this name.", mend };
}

const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
