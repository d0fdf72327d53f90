import { ERRORS, type ErrorCode } from "../errors.ts";
import type { Upstream, UpstreamConnection, UpstreamUser } from "./upstream.ts";

/** How the Gateway is. `starting`: it answers, and says that it is not ready. */
export interface Readiness {
  readonly state: "ready" | "starting" | "down";
  /** What it answered, or why there was no answer. */
  readonly detail: string;
  /** Milliseconds that it took. */
  readonly milliseconds: number;
}

/** Octets of an answer that are looked at: its status line. */
const ENOUGH = 15;
/**
 * What the Gateway answers without a sign-in. No user goes with it. A trusted proxy that names no client is answered 403 whatever the state,
 * unless it is on loopback; so this names one that does not exist (TEST-NET-1, RFC 5737).
 */
const QUESTION = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n";

/** Asks the Gateway whether it is ready, on a connection of its own. @param time milliseconds to wait for its answer */
export function askReadiness(upstream: Pick<Upstream, "connect">, time: number): Promise<Readiness> {
  const { promise, resolve } = Promise.withResolvers<Readiness>();
  const started = performance.now();
  let answer = "";
  const finish = (state: Readiness["state"], detail: string): void => {
    clearTimeout(timer);
    connection.destroy();
    resolve({ state, detail, milliseconds: Math.round(performance.now() - started) });
  };
  const judge = (): void => {
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
    if (status === undefined) finish("down", "It does not speak HTTP.");
    else if (status === "200") finish("ready", "It is ready.");
    else if (status === "503") finish("starting", "It is starting (503).");
    // proxy_attribution_required: to the Gateway, the edge is somebody who makes addresses up.
    else if (status === "403") finish("ready", "It runs, but does not trust the edge (403): gateway.trustedProxies lacks its address.");
    // Whatever it is, it is up: another program, or a Gateway of another age.
    else finish("ready", `It answers ${status} to /readyz.`);
  };
  const user: UpstreamUser = {
    upstreamBytes(bytes, start, end) {
      answer += bytes.toString("latin1", start, Math.min(end, start + ENOUGH));
      if (answer.length >= ENOUGH) judge();
      return true;
    },
    upstreamDrain() {},
    upstreamClosed(clean: boolean, code: ErrorCode) {
      if (answer === "") finish("down", clean ? ERRORS.upstream_closed.message : ERRORS[code].message);
      else judge();
    },
  };
  const timer = setTimeout(() => finish("down", `No answer came within ${time / 1_000} s.`), time);
  const connection: UpstreamConnection = upstream.connect(user);
  connection.write(QUESTION);
  return promise;
}
