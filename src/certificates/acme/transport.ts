/** HTTP to one CA: every request has a time-out, every answer a bound, and what is safe to repeat is repeated a little. */
import { setTimeout as sleep } from "node:timers/promises";

import type { AcmePatience } from "./contract.ts";
import { AcmeError, failure } from "./failure.ts";
import { asHttpsUrl, parseJson } from "./json.ts";
import { problemOfStatus, readProblem } from "./problem-document.ts";
import { readHttpDate, readRetryAfter } from "./retry-after.ts";

/** Octets of an answer's body, uncompressed. A chain has some 5 KB, a directory 1 KB. */
const LARGEST_ANSWER = 262_144;

/** Milliseconds before a safe request goes out again. */
const PAUSES = [500, 2_000];

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: string;
  readonly body?: string;
  readonly accept?: string;
}

/** An answer with a status of 2xx. */
export interface Answer {
  readonly status: number;
  readonly fields: Headers;
  readonly text: string;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

export interface Transport {
  /** @throws AcmeError `unreachable`, `badAnswer`, or the CA's own error. */
  send(request: HttpRequest): Promise<Answer>;
  /** Called with the fields of every answer, failures included: they carry nonces. */
  onFields: (fields: Headers) => void;
  /** Milliseconds by which this machine's clock is ahead of the CA's; undefined: not known. */
  readonly clockAhead: number | undefined;
}

export function createTransport(patience: Pick<AcmePatience, "request">, signal: AbortSignal): Transport {
  let clockAhead: number | undefined;
  const transport: Transport = {
    onFields: () => {},
    get clockAhead() {
      return clockAhead;
    },
    async send(request) {
      const timeout = AbortSignal.timeout(patience.request);
      try {
        const response = await fetch(request.url, {
          method: request.method,
          headers: fieldsFor(request),
          redirect: "error", // RFC 8555 knows none, and a signed request means its own URL
          signal: AbortSignal.any([signal, timeout]),
          ...(request.body !== undefined && { body: request.body }),
        });
        const date = readHttpDate(response.headers.get("date"));
        if (date !== undefined) clockAhead = Date.now() - date;
        transport.onFields(response.headers);
        return readAnswer(response, await readText(response));
      } catch (cause) {
        if (signal.aborted) throw signal.reason;
        if (cause instanceof AcmeError) throw cause;
        throw unreachable(request.url, cause, timeout.aborted ? patience.request : undefined);
      }
    },
  };
  return transport;
}

/** Tries again after a failure that passes, for requests that may arrive twice. One that wants longer waits is told as it is. */
export async function repeated<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await attempt();
    } catch (error) {
      if (!passes(error)) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
  return attempt();
}

function passes(error: unknown): boolean {
  if (!(error instanceof AcmeError) || error.retryAfter !== undefined) return false;
  return error.problem.code === "unreachable" || error.problem.code === "serverInternal";
}

export function jsonOf(answer: Answer): unknown {
  const value = parseJson(answer.text);
  if (value === undefined) throw failure("badAnswer", `The CA answered ${mediaTypeOf(answer.fields) || "nothing"} in place of JSON.`);
  return value;
}

/** The Location field as an https URL (RFC 8555 §7.3, §7.4). */
export function locationOf(answer: Answer): string {
  const location = asHttpsUrl(answer.fields.get("location"));
  if (location === undefined) throw failure("badAnswer", "The CA did not say where it put what it made (no Location).");
  return location;
}

const fieldsFor = ({ body, accept = "application/json" }: HttpRequest): Record<string, string> => ({
  accept,
  "accept-language": "en",
  "user-agent": `openclaw-edge (node/${process.versions.node})`, // RFC 8555 §6.1 demands one
  ...(body !== undefined && { "content-type": "application/jose+json" }),
});

function readAnswer(response: Response, text: string): Answer {
  const { status, headers: fields, ok } = response;
  const retryAfter = readRetryAfter(fields);
  if (ok) return { status, fields, text, retryAfter };
  const problem = readProblem(parseJson(text), status) ?? problemOfStatus(status, mediaTypeOf(fields));
  throw new AcmeError(problem, { retryAfter });
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > LARGEST_ANSWER) throw failure("badAnswer", `The CA's answer is larger than ${LARGEST_ANSWER} octets.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const mediaTypeOf = (fields: Headers): string => fields.get("content-type")?.split(";", 1)[0]?.trim() ?? "";

function unreachable(url: string, cause: unknown, waited: number | undefined): AcmeError {
  const where = new URL(url).host;
  if (waited !== undefined) return failure("unreachable", `${where} did not answer within ${waited} ms.`, { cause });
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = (inner as NodeJS.ErrnoException | undefined)?.code;
  const reason = code ?? (inner instanceof Error ? inner.message : String(inner));
  return failure("unreachable", `${where}: ${explained(reason)}.`, { cause });
}

/** What happens most, in words. */
function explained(reason: string): string {
  if (
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT.*)$/.test(reason)
  )
    return `its certificate is not trusted (${reason}); a CA of your own is named by --acme-ca`;
  if (reason === "CERT_HAS_EXPIRED" || reason === "CERT_NOT_YET_VALID")
    return `its certificate is not valid now (${reason}); check the clock`;
  if (reason === "ENOTFOUND" || reason === "EAI_AGAIN") return `the name can't be resolved (${reason})`;
  if (reason === "ECONNREFUSED") return "nobody listens there (ECONNREFUSED)";
  return reason;
}
