import type { Exchange, Reply, Verdict } from "../exchange.ts";
import type { User } from "../auth/user.ts";
import { FORM_PAGE_FIELDS } from "../pages/page.ts";
import { errorReply } from "../pages/replies.ts";
import { isForm, parseForm } from "./form.ts";
import { isForeign, ownOrigin } from "./origin.ts";

/** Octets of the largest form: a name, a password, a token and a way back, percent-encoded, are less. */
const LARGEST_FORM = 16_384;

export type Form = ReadonlyMap<string, string>;

export const reply = (answer: Reply, user?: User): Verdict => ({ kind: "reply", reply: answer, ...(user && { user }) });

export const page = (status: number, body: string, fields: Reply["fields"] = []): Reply => ({
  status,
  fields: [...FORM_PAGE_FIELDS, ...fields],
  body,
});

/** Sends a browser on by GET (RFC 9110 §15.4.4), to a target of this very origin. */
export function see({ head }: Exchange, target: string, fields: Reply["fields"] = []): Reply {
  const location = `${ownOrigin(head)}${target}`;
  return {
    status: 303,
    fields: [["Location", location], ["Content-Type", "text/plain; charset=utf-8"], ["Cache-Control", "no-store"], ...fields],
    body: "",
  };
}

/** Reads a form that a page of this origin sent, and answers everything else. */
export function readForm(exchange: Exchange, answer: (form: Form) => Verdict | Promise<Verdict>): Verdict {
  const { head } = exchange;
  if (isForeign(head)) return reply(errorReply("cross_site", exchange));
  const types = head.fields.all("content-type");
  if (types.length !== 1 || !isForm(types[0])) return reply(errorReply("form_type", exchange));
  return {
    kind: "read",
    limit: LARGEST_FORM,
    answer: (body) => {
      const form = parseForm(body);
      return form === undefined ? reply(errorReply("bad_form", exchange)) : answer(form);
    },
  };
}
