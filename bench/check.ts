/** Before anything is measured: does the competitor do the work at all? One that answers wrongly gets no figure. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { buffer } from "node:stream/consumers";

import type { Target } from "./load/plan.ts";
import { downloadDigest, LARGE_BODY, SMALL_BODY } from "./upstream/bodies.ts";
import { EVENT_PAUSE } from "./upstream/slow.ts";
import { echoOverWebSocket } from "./check-websocket.ts";

export interface CheckSubject {
  readonly target: Target;
  /** Whether it checks passwords. */
  readonly auth: boolean;
  readonly user: string;
  readonly authorization: string;
}

const MIB = 1_048_576;

/** Everything that was wrong, in words; empty where nothing was. */
export async function findFaults(subject: CheckSubject): Promise<readonly string[]> {
  const faults: string[] = [];
  const checks: Readonly<Record<string, (subject: CheckSubject) => Promise<string | undefined>>> = {
    "small GET": (it) => bodyArrives(it, "/small", SMALL_BODY),
    "100 KB": (it) => bodyArrives(it, "/large", LARGE_BODY),
    download: downloadArrives,
    "sign-in": refusesStrangers,
    "forwarded fields": fieldsArrive,
    "request body": uploadArrives,
    WebSocket: echoes,
    events: eventsFlow,
  };
  for (const [name, check] of Object.entries(checks)) {
    const fault = await check(subject).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (fault !== undefined) faults.push(`${name}: ${fault}`);
  }
  return faults;
}

async function bodyArrives(subject: CheckSubject, path: string, expected: Buffer): Promise<string | undefined> {
  const { response, body } = await fetch(subject, { path });
  if (response.statusCode !== 200) return `answered ${response.statusCode}`;
  return body.equals(expected) ? undefined : "the body is not the upstream's";
}

async function downloadArrives(subject: CheckSubject): Promise<string | undefined> {
  const length = 8 * MIB + 13;
  const { body } = await fetch(subject, { path: `/download/${length}` });
  return createHash("sha256").update(body).digest("hex") === downloadDigest(length) ? undefined : "the body is not the upstream's";
}

async function refusesStrangers(subject: CheckSubject): Promise<string | undefined> {
  if (!subject.auth) return undefined;
  const wrong = `Basic ${Buffer.from(`${subject.user}:not the password`).toString("base64")}`;
  for (const [who, authorization] of [
    ["a wrong password", wrong],
    ["no password", undefined],
  ] as const) {
    const { response } = await fetch(subject, { path: "/small", headers: authorization === undefined ? {} : { authorization } });
    if (response.statusCode !== 401) return `${who} was answered ${response.statusCode}`;
    if (response.headers["www-authenticate"] === undefined) return `${who} was answered without a challenge`;
  }
  return undefined;
}

async function fieldsArrive(subject: CheckSubject): Promise<string | undefined> {
  const { authorization, auth, user } = subject;
  const { body } = await fetch(subject, { path: "/fields", headers: { authorization, "x-forwarded-user": "mallory" } });
  const raw = JSON.parse(body.toString()) as readonly string[];
  const values = (name: string) => raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
  if (values("x-forwarded-for").length === 0) return "no X-Forwarded-For reached the upstream";
  if (values("x-forwarded-proto").join() !== "https") return `X-Forwarded-Proto: ${values("x-forwarded-proto").join()}`;
  if (!auth) return undefined;
  if (values("x-forwarded-user").join() !== user) return `X-Forwarded-User: ${values("x-forwarded-user").join() || "missing"}`;
  return values("authorization").length > 0 ? "the password reached the upstream" : undefined;
}

async function uploadArrives(subject: CheckSubject): Promise<string | undefined> {
  const upload = randomBytes(MIB);
  const { body } = await fetch(subject, { path: "/echo", method: "POST" }, upload);
  return body.equals(upload) ? undefined : "the body that came back is not the one that was sent";
}

async function echoes({ target, authorization }: CheckSubject): Promise<string | undefined> {
  for (const size of [5, 1_024, 70_000]) {
    const sent = randomBytes(size);
    const came = await echoOverWebSocket(target, authorization, sent);
    if (!came.equals(sent)) return `a message of ${size} octets came back changed`;
  }
  return undefined;
}

async function eventsFlow(subject: CheckSubject): Promise<string | undefined> {
  const response = await open(subject, { path: "/events" });
  const arrivals: number[] = [];
  for await (const _ of response) arrivals.push(performance.now());
  const [first = 0] = arrivals;
  return (arrivals.at(-1) ?? 0) - first > EVENT_PAUSE / 2 ? undefined : "the first event was held back until the second";
}

async function fetch(subject: CheckSubject, options: RequestOptions, body?: Buffer) {
  const response = await open(subject, options, body);
  return { response, body: await buffer(response) };
}

async function open({ target, authorization }: CheckSubject, options: RequestOptions, body?: Buffer): Promise<IncomingMessage> {
  const request: ClientRequest = httpsRequest({
    host: "127.0.0.1",
    port: target.port,
    servername: target.domain,
    ca: target.certificate,
    agent: false,
    timeout: 10_000,
    ...options,
    headers: { host: `${target.domain}:${target.port}`, ...(options.headers ?? { authorization }) },
  });
  request.on("error", () => undefined); // whoever waits for the answer has it; afterwards it is the answer's error
  request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}
