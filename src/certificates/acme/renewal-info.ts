/** ACME renewal information (RFC 9773 §4): when the CA wants a certificate renewed. */
import type { AcmeClient } from "./client.ts";
import type { Failed, RenewalInfoOutcome } from "./contract.ts";
import { failure } from "./failure.ts";
import { asHttpsUrl, asRecord, asText } from "./json.ts";
import { renewalIdentifier } from "./renewal-identifier.ts";
import { jsonOf } from "./transport.ts";

/** Seconds. RFC 9773 §4.3.2: clients set reasonable limits; six hours is what Let's Encrypt asks for. */
const SOONEST = 60;
const LATEST = 86_400;
const USUAL = 21_600;

export async function renewalInfo(client: AcmeClient, certificate: string): Promise<Exclude<RenewalInfoOutcome, Failed>> {
  const { renewalInfo: base } = client.directory;
  const identifier = base === undefined ? undefined : await renewalIdentifier(certificate);
  if (base === undefined || identifier === undefined) return { kind: "unsupported" };
  const answer = await client.get(`${base.replace(/\/$/, "")}/${identifier}`);
  const info = asRecord(jsonOf(answer));
  const window = asRecord(info?.["suggestedWindow"]);
  const [start, end] = [momentOf(window?.["start"]), momentOf(window?.["end"])];
  // §4.2: a window that ends before it starts is as none.
  if (start === undefined || end === undefined || start >= end) throw failure("badAnswer", "The CA's renewal window is not one.");
  const explanation = asHttpsUrl(info?.["explanationURL"]);
  const retryAfter = Math.min(Math.max(answer.retryAfter ?? USUAL, SOONEST), LATEST);
  return { kind: "window", start, end, retryAfter, ...(explanation !== undefined && { explanation }) };
}

/** RFC 3339. */
function momentOf(value: unknown): number | undefined {
  const text = asText(value);
  if (text === undefined || !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const moment = Date.parse(text.toUpperCase());
  return Number.isNaN(moment) ? undefined : moment;
}
