import { isIP } from "node:net";

import type { Decide, Reply } from "../exchange.ts";
import type { Metrics } from "./metrics.ts";

/** Whether the edge does its work, part by part. */
export interface Readiness {
  readonly ready: boolean;
  /** What each part says of itself, for a person. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface EndpointOptions {
  readonly metrics: Pick<Metrics, "text">;
  readonly readiness: () => Promise<Readiness>;
}

/**
 * What monitoring asks, on a listener of its own: `/metrics`; `/healthz` (the process answers: restart it when it does not); `/readyz`
 * (it has certificates and the Gateway listens: send it visitors). No sign-in: whoever reaches that listener may know.
 */
export function monitoring({ metrics, readiness }: EndpointOptions): Decide {
  return async ({ head }) => {
    // A page in a browser on this machine could otherwise read it under a name of its own (DNS rebinding).
    if (isIP(head.host) === 0 && head.host !== "localhost" && head.host.includes("."))
      return reply(421, "Ask by address, or by localhost.\n");
    if (head.method !== "GET" && head.method !== "HEAD") return reply(405, "Ask with GET.\n", [["Allow", "GET, HEAD"]]);
    switch (head.target.split("?", 1)[0]) {
      case "/metrics": {
        const { contentType, body } = await metrics.text();
        return { kind: "reply", reply: { status: 200, fields: [["Content-Type", contentType]], body } };
      }
      case "/healthz":
        return reply(200, "ok\n");
      case "/readyz": {
        const { ready, parts } = await readiness();
        const lines = Object.entries(parts).map(([name, state]) => `${name}: ${state}\n`);
        return reply(ready ? 200 : 503, `${ready ? "ready" : "not ready"}\n${lines.join("")}`);
      }
      default:
        return reply(404, "There is /metrics, /healthz and /readyz.\n");
    }
  };
}

function reply(status: number, body: string, fields: Reply["fields"] = []): { readonly kind: "reply"; readonly reply: Reply } {
  return {
    kind: "reply",
    reply: { status, body, fields: [...fields, ["Content-Type", "text/plain; charset=utf-8"], ["Cache-Control", "no-store"]] },
  };
}
