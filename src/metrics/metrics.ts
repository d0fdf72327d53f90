/** What an operator's tools count, in Prometheus' terms. Loaded only when somebody asks for it: the library takes 11 MB. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

import { ERRORS } from "../errors.ts";
import type { ExchangeRecord, Log } from "../log/log.ts";

/** What is asked at each scrape. */
export interface MetricsSources {
  readonly connections: () => { readonly open: number; readonly webSockets: number };
  readonly certificates: () => readonly { readonly name: string; /** Milliseconds since 1970. */ readonly expires: number }[];
}

export interface Metrics {
  /** A log that counts what passes through it: every exchange ends in one line, so nothing else has to be told. */
  observe(log: Log): Log;
  /** The Prometheus text format. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Seconds: from an answer out of a cache to a model that thinks. */
const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const PREFIX = "openclaw_edge_";

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const common = { registers: [registry] };
  collectDefaultMetrics({ register: registry });
  new Gauge({
    ...common,
    name: `${PREFIX}connections`,
    help: "Open client connections",
    collect() {
      this.set(sources.connections().open);
    },
  });
  new Gauge({
    ...common,
    name: `${PREFIX}websockets`,
    help: "Open WebSockets",
    collect() {
      this.set(sources.connections().webSockets);
    },
  });
  new Gauge({
    ...common,
    name: `${PREFIX}certificate_expiry_timestamp_seconds`,
    help: "When the certificate in use for a name expires",
    labelNames: ["name"],
    collect() {
      this.reset();
      for (const { name, expires } of sources.certificates()) this.set({ name }, expires / 1_000);
    },
  });
  const requests = new Counter({
    ...common,
    name: `${PREFIX}requests_total`,
    help: "Finished exchanges by status class (0: cut before an answer) and by how their user had signed in (exempt: let go without)",
    labelNames: ["status", "sign_in"],
  });
  const received = new Counter({ ...common, name: `${PREFIX}received_bytes_total`, help: "Octets of bodies and WebSockets from clients" });
  const sent = new Counter({ ...common, name: `${PREFIX}sent_bytes_total`, help: "Octets of bodies and WebSockets to clients" });
  const firstByte = new Histogram({
    ...common,
    name: `${PREFIX}first_byte_seconds`,
    help: "From a request's head to the first octet of its answer",
    buckets: LATENCIES,
  });
  const duration = new Histogram({
    ...common,
    name: `${PREFIX}request_duration_seconds`,
    help: "From a request's head to the end of its answer, WebSockets left out",
    buckets: LATENCIES,
  });
  const signIns = new Counter({
    ...common,
    name: `${PREFIX}sign_ins_total`,
    help: "Sign-ins by what became of them: ok, failed, throttled",
    labelNames: ["result"],
  });
  const upstreamErrors = new Counter({
    ...common,
    name: `${PREFIX}upstream_errors_total`,
    help: "Exchanges that failed for the Gateway's sake, by error code",
    labelNames: ["code"],
  });
  const renewals = new Counter({
    ...common,
    name: `${PREFIX}certificate_renewals_total`,
    help: "Certificates obtained or renewed, and tries that failed",
    labelNames: ["result"],
  });
  // Counters that exist before the first event: a rate needs a zero to begin from.
  for (const result of ["ok", "failed", "throttled"]) signIns.inc({ result }, 0);
  for (const result of ["obtained", "failed"]) renewals.inc({ result }, 0);

  const count = (record: ExchangeRecord): void => {
    requests.inc({ status: statusClass(record.status), sign_in: record.signIn ?? (record.exemption === undefined ? "none" : "exempt") });
    received.inc(record.received);
    sent.inc(record.sent);
    if (record.firstByte !== undefined) firstByte.observe(record.firstByte / 1_000);
    if (record.status !== 101) duration.observe(record.duration / 1_000);
    if (record.code === undefined) return;
    if (record.code === "sign_in_throttled") signIns.inc({ result: "throttled" });
    if (ERRORS[record.code].source === "upstream") upstreamErrors.inc({ code: record.code });
  };

  return {
    observe: (log) => ({
      ...log,
      exchange: (record) => {
        count(record);
        log.exchange(record);
      },
      signedIn: (event) => {
        signIns.inc({ result: "ok" });
        log.signedIn(event);
      },
      certificate: (event) => {
        renewals.inc({ result: event.result });
        log.certificate(event);
      },
      failedSignIn: (event) => {
        signIns.inc({ result: "failed" });
        log.failedSignIn(event);
      },
    }),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

const CLASSES = ["0", "1xx", "2xx", "3xx", "4xx", "5xx"];
const statusClass = (status: number): string => CLASSES[Math.floor(status / 100)] ?? "0";
