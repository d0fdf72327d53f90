import { access, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { createKnownDevices } from "../../src/auth/throttle/known-device.ts";
import { ROOT } from "../directories.ts";
import { startServer } from "./binary.ts";
import type { Competitor } from "./server.ts";

const BIN = join(ROOT, "dist", "cli", "bin.js");

/** openclaw-edge as it is published: built, from its own command line, its log to a file as a service manager would keep it. */
export const edge: Competitor = {
  name: "edge",
  description: "openclaw-edge, bcrypt at cost 10, one log line for each request",
  auth: true,
  leftOut: {},
  missing: () =>
    access(BIN).then(
      () => undefined,
      () => "there is no dist/cli/bin.js: npm run build",
    ),
  async start(context) {
    const state = join(context.directory, "state");
    await mkdir(state, { mode: 0o700 });
    const args = [
      BIN,
      "serve",
      ...["--domain", context.domain],
      ...["--cert", context.certificate, "--key", context.key],
      ...["--htpasswd", context.htpasswd],
      ...["--upstream", `http://127.0.0.1:${context.upstreamPort}`],
      ...["--host", "127.0.0.1", "--https-port", String(context.port), "--http-port", "off"],
      ...["--state", state],
      ...["--log-format", "json"],
      // Every client of the bench has the same address.
      ...["--connections-per-client", "20000"],
    ];
    const server = await startServer(context, { command: process.execPath, args });
    return {
      ...server,
      // As the sign-in page gives it.
      knownDevice: async (name) =>
        createKnownDevices(await readFile(join(state, "sign-in-key")))
          .setCookie(name)
          .split(";")[0] ?? "",
    };
  },
};
