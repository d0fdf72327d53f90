/** `openclaw-edge certs revoke`. */
import { REVOKE, type Reason } from "../../admin/certificates.ts";
import type { Option } from "../../config/option.ts";
import type { OPTIONS } from "../../config/options.ts";
import type { Call } from "../command.ts";
import { printProblems } from "../problems.ts";
import { atTheDesk } from "./at-the-desk.ts";
import { nameOf, tellRenewal, unknown } from "./renew.ts";

type Options = Pick<typeof OPTIONS, "state"> & { readonly reason: Option<Reason> };

export async function revokeCertificate(call: Call<Options>): Promise<number> {
  const name = nameOf(call.words);
  const reason = call.options.one("reason");
  const request = { name, ...(reason !== undefined && { reason }) };
  const outcome = await atTheDesk("certs revoke", call, REVOKE, request, (desk) => desk.revoke(name, reason));
  if (typeof outcome === "number") return outcome;
  const { answer } = outcome;
  switch (answer.kind) {
    case "revoked":
      process.stdout.write(`The certificate of ${name} is revoked.\n`);
      return tellRenewal(name, answer.replaced, "certs revoke");
    case "not-revoked": {
      const { code, detail } = answer.failure;
      printProblems([{ where: name, what: `The CA did not revoke it (${code}): ${detail}`, mend: "Try again." }], {
        command: "certs revoke",
      });
      tellRenewal(name, answer.replaced, "certs revoke");
      return 1;
    }
    case "unknown":
      printProblems([unknown(name, answer.names)], { command: "certs revoke" });
      return 2;
    default:
      return answer satisfies never;
  }
}
