/** Edge and Gateway as people deploy them, in a real Docker engine: npm run test:compose. */
import { chownSync, chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { connectGateway, makeDevice } from "../support/gateway-client.ts";
import { fetchHttp } from "../support/gateway-http.ts";
import type { Dial, FieldLines } from "../support/gateway-websocket.ts";
import { isListening } from "../support/ports.ts";
import { beside, Site } from "./site.ts";

const DOMAIN = "edge.test";
const PASSWORD = "a long passphrase of Alice's";
const ENVIRONMENT = { DOMAIN, EDGE_USER: "alice" };
const ALICE: FieldLines = [["Authorization", `Basic ${Buffer.from(`alice:${PASSWORD}`).toString("base64")}`]];

const reason =
  process.env["OPENCLAW_EDGE_TEST_SKIP"] ??
  (process.env["DOCKER_HOST"] === undefined ? "npm run test:compose starts a Docker engine for it" : undefined);

/** This machine's address as its containers' visitors see it: the Gateway refuses loopback. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const address = all.find(({ family, internal, address: each }) => family === "IPv4" && !internal && each.startsWith("10.0.2."));
  if (address === undefined) throw new Error("this is not the engine's network namespace");
  return address.address;
}

describe.skipIf(reason !== undefined)(`docker compose${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let site: Site;
  let ca: string;
  const dial = (port = 443): Dial => ({
    host: ownAddress(),
    port,
    tls: { servername: DOMAIN, ca },
    authority: port === 443 ? DOMAIN : `${DOMAIN}:${port}`,
  });
  const authority = async (): Promise<string> => site.done("exec", "--no-TTY", "edge", "cat", "/var/lib/openclaw-edge/local-ca/ca.pem");

  beforeAll(async () => {
    // The newline is what an editor leaves behind: it is no part of the password.
    site = new Site(ENVIRONMENT, `${PASSWORD}\n`);
    await site.done("build");
    await site.done("up", "--detach");
    await site.untilHealthy("edge", "gateway");
    ca = await authority();
  }, 600_000);
  afterAll(() => site?.remove());

  it("the files are clean: docker build --check, docker compose config", async () => {
    expect((await site.docker("build", "--check", ".")).text).toContain("no warnings found");
    expect((await site.docker("build", "--check", "--file", "docker/gateway.Dockerfile", "docker")).text).toContain("no warnings found");
    expect(await site.done("config", "--quiet")).toBe("");
    expect(await site.done("--file", "docker-compose.host.yml", "config", "--quiet")).toBe("");
  });

  it("says what is missing where no name was given", async () => {
    const nameless = new Site({ EDGE_USER: "alice" }, PASSWORD);
    const { code, text } = await nameless.compose("config", "--quiet");
    await nameless.remove();
    expect(code).not.toBe(0);
    expect(text).toContain("Write DOMAIN=ai.example.com");
  });

  it("a Control UI client completes connect against the real Gateway, as the user of the secret file", async () => {
    const config = await fetchHttp(dial(), { path: "/control-ui-config.json", fields: ALICE });
    expect(config.status).toBe(200);
    const { serverBuildId } = JSON.parse(config.body.toString()) as { serverBuildId: string };
    const fields: FieldLines = [...ALICE, ["Origin", `https://${DOMAIN}`]];
    const { hello, presence, socket } = await connectGateway({ dial: dial(), fields, device: makeDevice(), buildId: serverBuildId });
    expect(hello.ok).toBe(true);
    expect(JSON.stringify(presence)).toContain("alice");
    await socket.close();
  });

  it("nobody reaches the Gateway but through the edge: it publishes no port, and shares one network with the edge alone", async () => {
    expect(await site.inspect("gateway", "{{json .HostConfig.PortBindings}}")).toBe("{}");
    await expect(isListening(18_789, ownAddress())).resolves.toBe(false);
    await expect(isListening(443, ownAddress())).resolves.toBe(true);
  });

  it.each(["edge", "gateway"])("%s has no right that it does not need", async (service) => {
    const format =
      "{{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.Config.User}} {{.HostConfig.Privileged}} {{.HostConfig.LogConfig.Config}}";
    expect(await site.inspect(service, format)).toBe("[ALL] [no-new-privileges:true] 1000:1000 false map[max-file:5 max-size:10m]");
    expect(Number(await site.inspect(service, "{{.HostConfig.Memory}}"))).toBeGreaterThan(0);
    expect(Number(await site.inspect(service, "{{.HostConfig.PidsLimit}}"))).toBeGreaterThan(0);
    const status = await site.done("exec", "--no-TTY", service, "cat", "/proc/1/status");
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  });

  it("the edge's root file system is read-only, and port 443 is bound all the same", async () => {
    expect(await site.inspect("edge", "{{.HostConfig.ReadonlyRootfs}}")).toBe("true");
    const { code } = await site.compose("exec", "--no-TTY", "edge", "sh", "-c", "echo x > /usr/local/x");
    expect(code).not.toBe(0);
  });

  it("its time to stop in is longer than the drain time", async () => {
    const grace = Number(await site.inspect("edge", "{{.Config.StopTimeout}}"));
    expect(grace).toBeGreaterThan(10);
  });

  it("a Gateway that dies and comes back is waited for", async () => {
    await site.done("kill", "gateway");
    expect((await fetchHttp(dial(), { path: "/", fields: ALICE })).status).toBeGreaterThanOrEqual(502);
    await site.done("up", "--detach");
    await site.untilHealthy("gateway");
    expect((await fetchHttp(dial(), { path: "/control-ui-config.json", fields: ALICE })).status).toBe(200);
  });

  it("an edge that is killed in the middle of its work starts again, with the same users and the same CA", async () => {
    await site.done("kill", "edge");
    await site.done("up", "--detach");
    await site.untilHealthy("edge");
    expect(await authority()).toBe(ca);
    expect((await fetchHttp(dial(), { path: "/control-ui-config.json", fields: ALICE })).status).toBe(200);
  });

  it("docker compose stop drains: an open WebSocket is told 1012, and the process ends by itself with 0", async () => {
    const config = await fetchHttp(dial(), { path: "/control-ui-config.json", fields: ALICE });
    const { serverBuildId } = JSON.parse(config.body.toString()) as { serverBuildId: string };
    const fields: FieldLines = [...ALICE, ["Origin", `https://${DOMAIN}`]];
    const { socket } = await connectGateway({ dial: dial(), fields, device: makeDevice(), buildId: serverBuildId });
    const [closed] = await Promise.all([socket.closed, site.done("stop", "edge")]);
    expect(closed.code).toBe(1012);
    expect(await site.inspect("edge", "{{.State.ExitCode}}")).toBe("0");
    await site.done("up", "--detach");
    await site.untilHealthy("edge");
  });

  it("a Gateway that exits at every start is waited for: the edge answers and stays healthy, keeps nothing of it, and finds it when it stays, at another address", async () => {
    const edge = async () => {
      const status = await site.done("exec", "--no-TTY", "edge", "cat", "/proc/1/status");
      const files = await site.done("exec", "--no-TTY", "edge", "ls", "/proc/1/fd");
      return { files: files.trim().split("\n").length, memory: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) };
    };
    const id = await site.inspect("edge", "{{.Id}} {{.RestartCount}} {{.State.StartedAt}}");
    const old = await insideAddress(site);
    await using loop = await gatewayInALoop(site, FAILURES);
    await site.done(...loop.files, "stop", "gateway");
    const before = await edge();
    // Its address is somebody else's now.
    await loop.take(old);
    await site.done(...loop.files, "up", "--detach", "--no-build", "--no-deps", "gateway");

    const answers = new Map<string, number>();
    let longest = 0;
    let most = 0;
    const restarts = async (): Promise<number> => Number(await site.inspect("gateway", "{{.RestartCount}}"));
    for (let seen = 0; seen < FAILURES - 1; seen = await restarts()) {
      for (let ask = 0; ask < 10; ask++) {
        const asked = performance.now();
        const { status, fields, body } = await fetchHttp(dial(), { path: "/", fields: [...ALICE, ["Accept", "text/html"]] });
        longest = Math.max(longest, performance.now() - asked);
        const what = `${status} ${fields["retry-after"]} ${/<h1>.*<\/h1>/.exec(body.toString())?.[0]}`;
        answers.set(what, (answers.get(what) ?? 0) + 1);
      }
      most = Math.max(most, (await edge()).files);
    }
    expect([...answers.keys()].filter((what) => !/^50[234] 5 <h1>The Gateway is not/.test(what))).toEqual([]);
    const after = await edge();
    // --connect-timeout is 5 s.
    expect(longest, "milliseconds of the longest answer").toBeLessThan(10_000);
    expect(most - before.files, "file descriptors").toBeLessThan(20);
    expect(after.memory - before.memory, "KiB").toBeLessThan(32_768);

    await site.untilHealthy("gateway");
    expect(await insideAddress(site)).not.toBe(old);
    expect((await fetchHttp(dial(), { path: "/control-ui-config.json", fields: ALICE })).status).toBe(200);
    expect(await site.inspect("edge", "{{.Id}} {{.RestartCount}} {{.State.StartedAt}}")).toBe(id);
    expect(await site.inspect("edge", "{{.State.Health.Status}}")).toBe("healthy");
  });
});

describe.skipIf(reason !== undefined)("docker compose, with a mistake in it", () => {
  it("a secret file that is missing is named", async () => {
    const site = new Site(ENVIRONMENT, undefined);
    try {
      const { code, text } = await site.compose("up", "--detach", "--no-build", "edge");
      expect(code).not.toBe(0);
      expect(text).toContain("edge_password");
    } finally {
      await site.remove();
    }
  });

  it("a state volume that can't be written is named, with the mend", async () => {
    const site = new Site(ENVIRONMENT, PASSWORD);
    try {
      const volumes = ["edge-state:/var/lib/openclaw-edge:ro"];
      writeFileSync(join(site.directory, "read-only.yml"), JSON.stringify({ services: { edge: { volumes } } }));
      const files = ["--file", "docker-compose.yml", "--file", "read-only.yml"];
      await site.done(...files, "up", "--detach", "--no-build", "--no-deps", "edge");
      await site.untilLogged("edge", "Its file system can only be read.");
      expect(await site.done("logs", "edge")).toMatch(/\/var\/lib\/openclaw-edge[^]*→ Let it be written to/);
    } finally {
      await site.remove();
    }
  });

  it("a secret file that the edge's account may not read is named, with the mend", async () => {
    const site = new Site(ENVIRONMENT, PASSWORD);
    try {
      chownSync(join(site.directory, "secrets", "edge_password"), 0, 0);
      await site.done("up", "--detach", "--no-build", "--no-deps", "edge");
      await site.untilLogged("edge", 'This process may not read "/run/secrets/edge_password".');
      expect(await site.done("logs", "edge")).toContain("→ Make it readable by the user that runs the edge");
    } finally {
      await site.remove();
    }
  });

  it("a certificate folder that the edge may not write in is named, with the mend", async () => {
    const site = new Site({ ...ENVIRONMENT, DOMAIN: "edge.openclaw-test.org" }, PASSWORD);
    try {
      rmSync(join(site.directory, "certs"), { recursive: true });
      mkdirSync(join(site.directory, "certs"));
      chownSync(join(site.directory, "certs"), 0, 0);
      chmodSync(join(site.directory, "certs"), 0o755);
      await site.done("up", "--detach", "--no-build", "--no-deps", "edge");
      expect(await site.untilLogged("edge", "/certs")).toMatch(/certs/);
      expect(await site.done("logs", "edge")).toMatch(/chown/);
    } finally {
      await site.remove();
    }
  });
});

describe.skipIf(reason !== undefined)("docker-compose.host.yml", () => {
  it("serves a Gateway that runs on the host's loopback", async () => {
    const site = new Site({ ...ENVIRONMENT, HTTPS_PORT: "8443", HTTP_PORT: "8080", GATEWAY_PORT: "18790" }, PASSWORD);
    const gateway = beside(
      `import http from "node:http";
       http.createServer((request, response) => response.end(request.headers["x-forwarded-user"] + " " + request.headers["x-forwarded-for"]))
         .listen(18790, "127.0.0.1");`,
    );
    const file = ["--file", "docker-compose.host.yml"];
    try {
      await site.done(...file, "up", "--detach", "--no-build");
      const id = (await site.done(...file, "ps", "--quiet", "edge")).trim();
      for (let look = 0; look < 100; look++) {
        if ((await site.docker("inspect", id, "--format", "{{.State.Health.Status}}")).text.trim() === "healthy") break;
        await sleep(500);
      }
      const ca = await site.done(...file, "exec", "--no-TTY", "edge", "cat", "/var/lib/openclaw-edge/local-ca/ca.pem");
      const dial = { host: ownAddress(), port: 8_443, tls: { servername: DOMAIN, ca }, authority: `${DOMAIN}:8443` };
      const { status, body } = await fetchHttp(dial, { path: "/", fields: ALICE });
      expect([status, body.toString()]).toEqual([200, `alice ${ownAddress()}`]);
    } finally {
      gateway.stop();
      await site.remove(...file);
    }
  });
});

/** How often it exits at once before it stays: Docker waits twice as long each time, from 100 ms on. */
const FAILURES = 7;

/** The container's address in the network that it shares with the edge. */
async function insideAddress(site: Site): Promise<string> {
  return site.inspect("gateway", '{{(index .NetworkSettings.Networks "openclaw_inside").IPAddress}}');
}

/** A Gateway that exits at once, so many times, and then stays. The count lies in its volume. */
async function gatewayInALoop(site: Site, failures: number) {
  const starts = "/home/node/.openclaw/starts";
  const command = `echo >> ${starts}; [ $$(wc -l < ${starts}) -gt ${failures} ] || exit 1; exec openclaw gateway run`;
  writeFileSync(join(site.directory, "loop.yml"), JSON.stringify({ services: { gateway: { command: ["sh", "-c", command] } } }));
  let squatter = "";
  return {
    files: ["--file", "docker-compose.yml", "--file", "loop.yml"],
    /** Gives an address of the inner network to another container. */
    async take(address: string): Promise<void> {
      const place = ["--network", "openclaw_inside", "--ip", address, "--entrypoint", "sleep"];
      const { code, text } = await site.docker("run", "--detach", "--rm", ...place, "openclaw-edge", "600");
      if (code !== 0) throw new Error(text);
      squatter = text.trim();
    },
    async [Symbol.asyncDispose]() {
      if (squatter !== "") await site.docker("rm", "--force", squatter);
    },
  };
}
