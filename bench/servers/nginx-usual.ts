import { missingBinary } from "./binary.ts";
import { startNginx } from "./nginx.ts";
import type { Competitor } from "./server.ts";

const BCRYPT = "it runs bcrypt on every request, so that this would measure bcrypt again";

/** nginx as the guides for OpenClaw have it: auth_basic with a bcrypt htpasswd, a new upstream connection for each request. */
export const nginxUsual: Competitor = {
  name: "nginx-usual",
  description: "nginx, the usual OpenClaw configuration: auth_basic with bcrypt at cost 10, no upstream keep-alive",
  auth: true,
  leftOut: {
    large: BCRYPT,
    handshake: BCRYPT,
    "handshake-hybrid": BCRYPT,
    websocket: "its plane is nginx-tuned's, and opening 500 sockets would take half a minute of bcrypt",
    flood: "it has nobody whom it remembers: every request of the owner's is a check like the strangers'",
    "idle-websocket": "its plane is nginx-tuned's, and opening the sockets would take minutes of bcrypt",
  },
  roundsEnough: 2, // 32 requests are two seconds of bcrypt, and bcrypt does not vary
  missing: () => missingBinary("nginx"),
  start: (context) =>
    startNginx(context, {
      http: "",
      location: `
      auth_basic "OpenClaw";
      auth_basic_user_file ${context.htpasswd};
      proxy_set_header X-Forwarded-User $remote_user;
      proxy_set_header Authorization "";
      proxy_pass http://127.0.0.1:${context.upstreamPort};`,
    }),
};
