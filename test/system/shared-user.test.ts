import { chown, mkdir, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { existsSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { gatewayUser, sharedUserNotice } from "../../src/gateway/shared-user.ts";
import { scratchDirectory } from "../support/scratch.ts";

const uid = process.geteuid?.() ?? 0;
const nowhere = { home: "/nonexistent", environment: {} };

async function listen(where: string | number): Promise<net.AddressInfo> {
  const server = net.createServer();
  if (typeof where === "string") server.listen(where);
  else server.listen(where, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return server.address() as net.AddressInfo;
}

describe("a Gateway that shares the edge's user", () => {
  test.skipIf(!existsSync("/proc/net/tcp"))("is found by who listens on its port, and told with the mend", async () => {
    const { port } = await listen(0);
    const target = { kind: "tcp", host: "127.0.0.1", port } as const;
    expect(gatewayUser({ target, uid, ...nowhere })).toBe("same");
    expect(gatewayUser({ target, uid: uid + 1, ...nowhere })).toBe("other");
    const notice = sharedUserNotice("same", uid);
    expect(notice?.what).toContain("could read the edge's keys and make passes for itself");
    expect(notice?.mend).toContain("--run-as USER");
    expect(sharedUserNotice("other", uid)).toBeUndefined();
  });

  test("is found by the owner of its unix socket", async () => {
    const path = join(await scratchDirectory(), "gateway.sock");
    await listen(path);
    expect(gatewayUser({ target: { kind: "unix", path }, uid, ...nowhere })).toBe("same");
    expect(gatewayUser({ target: { kind: "unix", path }, uid: uid + 1, ...nowhere })).toBe("other");
  });

  test("is suspected by the configuration in the user's own home while it does not run", async () => {
    const home = await scratchDirectory();
    const target = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;
    expect(gatewayUser({ target, uid, home, environment: {} })).toBe("unknown");
    await mkdir(join(home, ".openclaw"));
    await writeFile(join(home, ".openclaw", "openclaw.json"), "{}");
    expect(gatewayUser({ target, uid, home, environment: {} })).toBe("probably-same");
    expect(gatewayUser({ target, uid, home: "/nonexistent", environment: { OPENCLAW_STATE_DIR: join(home, ".openclaw") } })).toBe(
      "probably-same",
    );
    expect(sharedUserNotice("probably-same", uid)?.what).toContain("probably runs as the same user");
    if (uid !== 0) return;
    await chown(join(home, ".openclaw", "openclaw.json"), 12_345, 12_345);
    expect(gatewayUser({ target, uid, home, environment: {} })).toBe("unknown");
  });

  test("is nobody's guess on another machine, or where there are no user ids", () => {
    const target = { kind: "tcp", host: "10.0.0.7", port: 18_789 } as const;
    expect(gatewayUser({ target, uid, ...nowhere })).toBe("unknown");
    expect(gatewayUser({ target, uid: undefined, ...nowhere })).toBe("unknown");
  });
});
