/**
 * Stands between an ACME client and Pebble: counts what arrives there, and spoils what it is told to. Pebble makes its URLs from the Host
 * field, so a client that begins at this directory stays here.
 */
import { once } from "node:events";
import { Agent, request as httpsRequest } from "node:https";
import { createServer, type ServerOptions } from "node:https";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

import { makeCertificate } from "./certificates.ts";
import type { RunningPebble } from "./pebble.ts";

const KINDS = {
  directory: /^\/dir$/,
  newNonce: /^\/nonce-plz/,
  newAccount: /^\/sign-me-up/,
  account: /^\/my-account\//,
  orders: /^\/list-orderz\//,
  newOrder: /^\/order-plz/,
  order: /^\/my-order\//,
  authorization: /^\/authZ\//i,
  challenge: /^\/chalZ\//i,
  finalize: /^\/finalize-order\//,
  certificate: /^\/certZ\//i,
  revoke: /^\/revoke-cert/,
  renewalInfo: /\/renewalInfo\//,
} as const;

export type Kind = keyof typeof KINDS;

export interface Seen {
  readonly kind: Kind | "other";
  readonly method: string;
  readonly path: string;
  /** What the client was answered; 0: nothing. */
  status: number;
  /** What Pebble answered; undefined: it was not asked. */
  upstream?: number;
  /** The JWS payload, decoded; undefined: there was none. */
  readonly payload: unknown;
  /** The JWS header. */
  readonly header: unknown;
}

export interface Answer {
  status: number;
  fields: OutgoingHttpHeaders;
  body: string;
}

export interface Fault {
  readonly kind: Kind;
  /** Which of these requests, counted from 1 (nonces that were rejected included). Default: every one. */
  readonly nth?: number;
  /** How often at most. Default: always, or once with `nth`. */
  readonly times?: number;
  /** In place of asking Pebble. */
  readonly instead?: "cut" | "silence" | "endless" | Answer;
  /** Pebble was asked; the client gets this in place of its answer. */
  readonly after?: "cut" | "silence" | Answer | ((answer: Answer) => Answer | Promise<Answer>);
  /** Runs before Pebble is asked. */
  readonly before?: (seen: Seen) => Promise<void> | void;
}

export interface FaultCa {
  readonly directory: RunningPebble["directory"];
  readonly seen: readonly Seen[];
  /** Requests of a kind that Pebble accepted (2xx). */
  accepted(kind: Kind): number;
  /** All requests of a kind. */
  count(kind: Kind): number;
  readonly faults: Fault[];
  close(): Promise<void>;
}

export async function startFaultCa(pebble: RunningPebble, faults: readonly Fault[] = [], keep = false): Promise<FaultCa> {
  const { key, chain } = await makeCertificate({ names: [pebble.host], issuer: pebble.ca });
  const seen: Seen[] = [];
  const active = [...faults];
  const used = new Map<Fault, number>();
  const agent = new Agent({ keepAlive: true, ca: pebble.ca.root });
  const options: ServerOptions = { key, cert: chain };
  const server = createServer(options, (request, response) => void handle(request, response).catch(() => response.destroy()));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const entry = describe(request, body);
    seen.push(entry);
    const number = seen.filter(({ kind }) => kind === entry.kind).length;
    const fault = active.find((each) => {
      const { kind, nth, times = nth === undefined ? Number.POSITIVE_INFINITY : 1 } = each;
      return kind === entry.kind && (nth === undefined || nth === number) && (used.get(each) ?? 0) < times;
    });
    if (fault !== undefined) used.set(fault, (used.get(fault) ?? 0) + 1);
    await fault?.before?.(entry);
    if (fault?.instead !== undefined) return spoil(response, entry, fault.instead);
    const answer = await ask(request, body);
    entry.upstream = answer.status;
    const after = fault?.after;
    if (after === undefined) return give(response, entry, answer);
    if (typeof after === "function") return give(response, entry, await after(answer));
    spoil(response, entry, after);
  }

  function ask(request: IncomingMessage, body: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const [host, port] = pebble.authority.split(":");
      const { connection: _own, ...fields } = request.headers;
      const asked = httpsRequest({ host, port, agent, method: request.method, path: request.url, headers: fields }, (answer) => {
        void textOf(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 0, fields: withoutFraming(answer.headers), body: text }),
          reject,
        );
      });
      asked.on("error", reject).end(body);
    });
  }

  server.keepAliveTimeout = 120_000; // a client that is slow must not find its connection cut by chance
  server.listen(0, pebble.host);
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    agent.destroy();
  };
  if (!keep) onTestFinished(close);
  return {
    directory: { url: `https://${pebble.host}:${(server.address() as AddressInfo).port}/dir`, caFile: pebble.directory.caFile },
    seen,
    faults: active,
    accepted: (kind) => seen.filter((each) => each.kind === kind && each.upstream !== undefined && each.upstream < 300).length,
    count: (kind) => seen.filter((each) => each.kind === kind).length,
    close,
  };
}

/** A problem document, as a CA writes it. */
export function problem(status: number, type: string, fields: OutgoingHttpHeaders = {}, more: object = {}): Answer {
  const body = JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail: `a made-up ${type}`, status, ...more });
  return { status, fields: { "content-type": "application/problem+json", ...fields }, body };
}

export const html = (status: number, fields: OutgoingHttpHeaders = {}): Answer => ({
  status,
  fields: { "content-type": "text/html", ...fields },
  body: "<!doctype html><title>We'll be back</title>",
});

function give(response: ServerResponse, entry: Seen, { status, fields, body }: Answer): void {
  entry.status = status;
  response.writeHead(status, fields).end(body);
}

function spoil(response: ServerResponse, entry: Seen, how: "cut" | "silence" | "endless" | Answer): void {
  entry.status = 0;
  if (how === "cut") return void response.destroy();
  if (how === "silence") return;
  if (how !== "endless") return give(response, entry, how);
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" ".repeat(1_000)), 5);
  response.on("close", () => clearInterval(timer));
}

function describe(request: IncomingMessage, body: string): Seen {
  const path = new URL(request.url ?? "/", "https://x").pathname;
  const kind = (Object.keys(KINDS) as Kind[]).find((each) => KINDS[each].test(path)) ?? "other";
  const { protected: header, payload } = body === "" ? {} : (JSON.parse(body) as { protected: string; payload: string });
  return { kind, method: request.method ?? "", path, status: 0, header: decoded(header), payload: decoded(payload) };
}

const decoded = (text: string | undefined): unknown =>
  text === undefined || text === "" ? undefined : JSON.parse(Buffer.from(text, "base64url").toString());

const withoutFraming = ({
  connection: _c,
  "transfer-encoding": _t,
  "content-length": _l,
  ...fields
}: IncomingHttpHeaders): OutgoingHttpHeaders => fields;

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
