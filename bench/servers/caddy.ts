import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { missingBinary, startBinary } from "./binary.ts";
import type { Competitor } from "./server.ts";

/** Caddy: basicauth, whose verified passwords it caches by default, and reverse_proxy. Its default log has no line for a request. */
export const caddy: Competitor = {
  name: "caddy",
  description: "Caddy, basicauth with bcrypt at cost 10 (verified passwords cached) and reverse_proxy",
  auth: true,
  leftOut: {},
  missing: () => missingBinary("caddy"),
  async start(context) {
    const { directory, port, domain, certificate, key, accounts, upstreamPort } = context;
    const file = join(directory, "Caddyfile");
    // Debian's Caddy 2.6 wants the hash in base64; 2.7 takes it as it is.
    const users = accounts.map(({ name, hash }) => `    ${name} ${Buffer.from(hash).toString("base64")}`).join("\n");
    await writeFile(
      file,
      `{
  admin off
  auto_https off
}
https://${domain}:${port} {
  bind 127.0.0.1
  tls ${certificate} ${key}
  basicauth {
${users}
  }
  reverse_proxy 127.0.0.1:${upstreamPort} {
    header_up X-Forwarded-User {http.auth.user.id}
    header_up -Authorization
  }
}
`,
    );
    const home = { HOME: directory, XDG_DATA_HOME: join(directory, "data"), XDG_CONFIG_HOME: join(directory, "config") };
    return startBinary(context, "caddy", { args: ["run", "--config", file, "--adapter", "caddyfile"], env: home });
  },
};
