import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { missingBinary, startBinary } from "./binary.ts";
import type { Competitor } from "./server.ts";

/** HAProxy: TLS and proxying, no sign-in. Without a log directive it logs nothing, which is its default. */
export const haproxy: Competitor = {
  name: "haproxy",
  description: "HAProxy without sign-in",
  auth: false,
  leftOut: { flood: "it checks no passwords" },
  missing: () => missingBinary("haproxy"),
  async start(context) {
    const file = join(context.directory, "haproxy.cfg");
    await writeFile(
      file,
      `defaults
  mode http
  timeout connect 5s
  timeout client 24h
  timeout server 24h
  timeout tunnel 24h
  option forwardfor

frontend https
  bind 127.0.0.1:${context.port} ssl crt ${context.certificateAndKey} alpn h2,http/1.1
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  default_backend gateway

backend gateway
  server gateway 127.0.0.1:${context.upstreamPort}
`,
    );
    return startBinary(context, "haproxy", { args: ["-db", "-f", file] });
  },
};
