/** Signed requests to one CA, with its nonces. */
import { setTimeout as sleep } from "node:timers/promises";

import type { AcmeDirectory, AcmePatience } from "./contract.ts";
import { failure, hasCode } from "./failure.ts";
import { asHttpsUrl } from "./json.ts";
import type { Signatory, Signer } from "./jws.ts";
import { readDirectory, type Directory } from "./resources.ts";
import { createTransport, jsonOf, repeated, type Answer } from "./transport.ts";
import { trustOnly } from "./trust.ts";

/** Times that one request is signed anew with a fresh nonce. A CA that rejects half of all nonces fails once in 65,000 requests. */
const NONCE_ATTEMPTS = 16;

/** Nonces kept from answers. More than one is in use only while several names are validated at once. */
const NONCES = 10;

const NONCE = /^[A-Za-z0-9_-]{1,512}$/;

export interface Signed {
  readonly signer: Signer;
  readonly by: Signatory;
}

export interface AcmeClient {
  readonly directory: Directory;
  readonly signal: AbortSignal;
  /** Milliseconds by which this machine's clock is ahead of the CA's; undefined: not known. */
  clockAhead(): number | undefined;
  /** A plain GET, repeated where it fails in passing. */
  get(url: string): Promise<Answer>;
  /** POST-as-GET, repeated where it fails in passing. */
  fetch(url: string, signed: Signed, accept?: string): Promise<Answer>;
  /** Sent once (a rejected nonce apart: such a request had no effect), since it may have taken effect although the answer was lost. */
  post(url: string, payload: object, signed: Signed): Promise<Answer>;
}

/** Asks for the directory, and is ready to sign. */
export async function openClient(
  { url, caFile }: AcmeDirectory,
  patience: Pick<AcmePatience, "request">,
  signal: AbortSignal,
): Promise<AcmeClient> {
  if (asHttpsUrl(url) === undefined) throw failure("unreachable", "An ACME directory's URL begins with https://.");
  if (caFile !== undefined) await trustOnly(caFile);
  const transport = createTransport(patience, signal);
  const nonces: string[] = [];
  transport.onFields = (fields) => {
    const nonce = fields.get("replay-nonce");
    if (nonce !== null && NONCE.test(nonce) && nonces.length < NONCES) nonces.push(nonce);
  };
  const get = (from: string): Promise<Answer> => repeated(() => transport.send({ method: "GET", url: from }), signal);
  const directory = readDirectory(jsonOf(await get(url)));

  async function takeNonce(): Promise<string> {
    if (nonces.length === 0) await repeated(() => transport.send({ method: "HEAD", url: directory.newNonce }), signal);
    const nonce = nonces.pop(); // the youngest: the others may have aged
    if (nonce === undefined) throw failure("badAnswer", "The CA gave no nonce (no Replay-Nonce).");
    return nonce;
  }

  /** RFC 8555 §6.5: a request with a bad nonce had no effect, and its answer brings a good one. */
  async function send(to: string, payload: object | undefined, { signer, by }: Signed, accept?: string): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const body = await signer.sign(payload, { url: to, nonce: await takeNonce(), by });
      try {
        return await transport.send({ method: "POST", url: to, body, ...(accept !== undefined && { accept }) });
      } catch (error) {
        if (!hasCode(error, "badNonce") || attempt === NONCE_ATTEMPTS) throw error;
        if (attempt > 4) await sleep(50 * attempt, undefined, { signal });
      }
    }
  }

  return {
    directory,
    signal,
    clockAhead: () => transport.clockAhead,
    get,
    fetch: (from, signed, accept) => repeated(() => send(from, undefined, signed, accept), signal),
    post: send,
  };
}
