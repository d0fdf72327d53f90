import { missingBinary } from "./binary.ts";
import { startNginx } from "./nginx.ts";
import type { Competitor } from "./server.ts";

/** nginx at its best for this work: no sign-in at all, upstream connections kept. */
export const nginxTuned: Competitor = {
  name: "nginx-tuned",
  description: "nginx without sign-in, upstream keep-alive 64",
  auth: false,
  leftOut: { flood: "it checks no passwords" },
  missing: () => missingBinary("nginx"),
  start: (context) =>
    startNginx(context, {
      http: `upstream gateway { server 127.0.0.1:${context.upstreamPort}; keepalive 64; keepalive_requests 100000000; }`,
      location: `proxy_pass http://gateway;`,
    }),
};
