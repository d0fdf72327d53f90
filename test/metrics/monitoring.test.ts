import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { createMetrics } from "../../src/metrics/metrics.ts";
import { edgeWith } from "../support/edge.ts";
import { rawClient, type RawResponse } from "../support/raw-client.ts";
import { answering, OK, startRawUpstream } from "../support/raw-upstream.ts";
import { recordingLog } from "../support/recording-log.ts";
import { HANDSHAKE, raw, request } from "../support/requests.ts";
import { browse, FETCH, signIn } from "../support/sign-in.ts";
import { accepting } from "../support/tunnel.ts";

const METRICS = { host: "127.0.0.1", port: 0 };

async function ask(port: number, target: string, { method = "GET", host = "127.0.0.1" } = {}): Promise<RawResponse> {
  const client = await rawClient({ port, plain: true });
  client.write(raw(`${method} ${target} HTTP/1.1`, [`Host: ${host}`]));
  const response = await client.response(method);
  client.destroy();
  return response;
}

/** The value of one line of the exposition; 0 where there is none. */
async function metric(port: number, name: string): Promise<number> {
  const line = (await ask(port, "/metrics")).body.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.split(" ").at(-1) ?? 0);
}

async function monitored(...[script = answering(OK), options]: Partial<Parameters<typeof edgeWith>>) {
  const edge = await edgeWith(script, { metrics: METRICS, ...options });
  return { ...edge, metricsPort: edge.edge.addresses.metrics[0]?.port as number };
}

describe("metrics", () => {
  test("count exchanges by status and sign-in, octets, sign-ins and failed ones", async () => {
    const { connect, metricsPort } = await monitored();
    const client = await connect();
    for (let count = 0; count < 3; count++) {
      client.write(request("GET /"));
      expect((await client.response()).status).toBe(200);
    }
    client.write(raw("GET / HTTP/1.1", ["Host: ai.example.com", "Authorization: Basic YWxpY2U6d3Jvbmc="]));
    expect((await client.response()).status).toBe(401);
    const count = (name: string): Promise<number> => metric(metricsPort, `openclaw_edge_${name}`);
    expect(await count('requests_total{status="2xx",sign_in="basic"}')).toBe(3);
    expect(await count('requests_total{status="4xx",sign_in="none"}')).toBe(1);
    expect(await count('sign_ins_total{result="ok"}')).toBe(1);
    expect(await count('sign_ins_total{result="failed"}')).toBe(1);
    expect(await count("sent_bytes_total")).toBeGreaterThanOrEqual(6);
    expect(await count("first_byte_seconds_count")).toBe(4);
    expect(await count("connections")).toBe(1);
    expect(await count('certificate_expiry_timestamp_seconds{name="ai.example.com"}')).toBeGreaterThan(Date.now() / 1_000);
    expect(await metric(metricsPort, "process_resident_memory_bytes")).toBeGreaterThan(1e7);
    expect((await ask(metricsPort, "/metrics")).body).toContain("nodejs_eventloop_lag_p99_seconds");
  });

  test("tell sign-ins by their kind, those that have to wait, octets both ways, and how long it took", async () => {
    const edge = await monitored(answering(OK), { expose: ["share"], limits: { failedSignIns: 1 } });
    const { connect, metricsPort } = edge;
    const { cookies } = await signIn(edge);
    const client = await connect();
    const answer = async (octets: string): Promise<number> => {
      client.write(octets);
      return (await client.response()).status;
    };
    expect(await answer(browse("GET /", FETCH, cookies))).toBe(200);
    expect(await answer(raw("GET /share/x HTTP/1.1", ["Host: ai.example.com"]))).toBe(200);
    expect(await answer(request("POST /", ["Content-Length: 1000"], "x".repeat(1_000)))).toBe(200);
    for (const [password, status] of [
      ["one", 401],
      ["two", 429],
    ] as const) {
      const credentials = Buffer.from(`alice:${password}`).toString("base64");
      expect(await answer(raw("GET / HTTP/1.1", ["Host: ai.example.com", `Authorization: Basic ${credentials}`]))).toBe(status);
    }
    const count = (name: string): Promise<number> => metric(metricsPort, `openclaw_edge_${name}`);
    expect(await count('requests_total{status="2xx",sign_in="session"}')).toBe(1);
    expect(await count('requests_total{status="2xx",sign_in="exempt"}')).toBe(1);
    expect(await count('sign_ins_total{result="throttled"}')).toBe(1);
    expect(await count("received_bytes_total")).toBeGreaterThanOrEqual(1_000);
    expect(await count("request_duration_seconds_count")).toBeGreaterThanOrEqual(5);
  });

  test("count live WebSockets, and the Gateway's failures by code", async () => {
    const { connect, metricsPort, upstream } = await monitored(accepting);
    const client = await connect();
    client.write(request("GET /", HANDSHAKE));
    expect((await client.response()).status).toBe(101);
    expect(await metric(metricsPort, "openclaw_edge_websockets")).toBe(1);
    client.destroy();
    await expect.poll(() => metric(metricsPort, "openclaw_edge_websockets")).toBe(0);
    upstream.script = (peer) => void peer.socket.destroy();
    const other = await connect();
    other.write(request("GET /"));
    expect((await other.response()).status).toBe(502);
    expect(await metric(metricsPort, 'openclaw_edge_upstream_errors_total{code="upstream_closed"}')).toBe(1);
  });

  test("never name a user, a client or a path", async () => {
    const { connect, metricsPort } = await monitored();
    const client = await connect();
    client.write(request("GET /share/secret-path"));
    await client.response();
    expect((await ask(metricsPort, "/metrics")).body).not.toMatch(/alice|127\.0\.0\.1|secret-path/);
  });

  test("are asked for without a line in the log, and are not on the visitors' ports", async () => {
    const { connect, metricsPort, log, upstream } = await monitored();
    await ask(metricsPort, "/metrics");
    await sleep(10);
    expect(log.exchanges).toEqual([]);
    const client = await connect();
    client.write(request("GET /metrics"));
    await client.response();
    expect(upstream.text).toMatch(/^GET \/metrics /);
  });
});

test("renewals are counted as the log tells of them, from zero on", async () => {
  const metrics = createMetrics({ connections: () => ({ open: 0, webSockets: 0 }), certificates: () => [] });
  const recorded = recordingLog();
  const log = metrics.observe(recorded);
  const counted = async (result: string): Promise<string | undefined> =>
    new RegExp(`^openclaw_edge_certificate_renewals_total\\{result="${result}"\\} (\\d+)$`, "m").exec((await metrics.text()).body)?.[1];
  expect([await counted("obtained"), await counted("failed")]).toEqual(["0", "0"]);
  log.certificate({ name: "ai.example.com", result: "obtained", ca: "letsencrypt" });
  log.certificate({ name: "ai.example.com", result: "failed", ca: "letsencrypt", code: "rate_limited" });
  log.certificate({ name: "ai.example.com", result: "failed", ca: "letsencrypt", code: "rate_limited" });
  expect([await counted("obtained"), await counted("failed")]).toEqual(["1", "2"]);
  expect(recorded.certificates).toHaveLength(3);
});

describe("health", () => {
  test("/healthz answers as long as the process does; /readyz tells whether visitors would be served", async () => {
    const reserved = await startRawUpstream();
    await reserved.close();
    const { metricsPort } = await monitored(undefined, { upstream: reserved.port });
    expect((await ask(metricsPort, "/healthz")).status).toBe(200);
    const before = await ask(metricsPort, "/readyz");
    expect([before.status, before.body]).toEqual([503, "not ready\nedge: serving\ngateway: not listening\ncertificates: valid\n"]);
  });

  test("/readyz is 200 when the Gateway listens", async () => {
    const { metricsPort } = await monitored();
    const { status, body } = await ask(metricsPort, "/readyz");
    expect([status, body.split("\n")[0]]).toEqual([200, "ready"]);
    expect((await ask(metricsPort, "/healthz", { method: "HEAD" })).status).toBe(200);
  });

  test("/readyz asks the Gateway that a reload has put in the other one's place", async () => {
    const [reserved, next] = [await startRawUpstream(), await startRawUpstream(answering(OK))];
    await reserved.close();
    const { metricsPort, edge } = await monitored(undefined, { upstream: reserved.port });
    expect((await ask(metricsPort, "/readyz")).status).toBe(503);
    expect(await edge.reload({ upstream: { kind: "tcp", host: "127.0.0.1", port: next.port }, routes: [], expose: [] })).toEqual([]);
    expect((await ask(metricsPort, "/readyz")).status).toBe(200);
    await next.close();
  });

  test.each([
    ["/other", {}, 404],
    ["/metrics", { method: "POST" }, 405],
    ["/metrics", { host: "rebound.example.com" }, 421],
  ] as const)("%s %j is refused", async (target, options, status) => {
    const { metricsPort } = await monitored();
    expect((await ask(metricsPort, target, options)).status).toBe(status);
  });
});

test("without the option nothing of it is there", async () => {
  const { edge } = await edgeWith();
  expect(edge.addresses.metrics).toEqual([]);
});
