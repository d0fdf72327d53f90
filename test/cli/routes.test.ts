import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { EXEMPTION_NAMES } from "../../src/gateway/exemptions.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { run } from "./run-command.ts";

const NO_FILE = ["--config", "off"];

async function file(text: string): Promise<string> {
  const path = join(await scratchDirectory(), "edge.json5");
  await writeFile(path, text);
  return path;
}

describe("openclaw-edge routes", () => {
  test("says that nothing is open, and what could be, without any configuration", async () => {
    const { code, stdout, stderr } = await run(["routes", ...NO_FILE]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/WHERE +GOES TO +WHO MAY COME\n {2}\/ +the Gateway +signed in\n/);
    expect(stdout).toContain("Open without a sign-in\n\n  Nothing.\n");
    for (const name of EXEMPTION_NAMES) expect(stdout).toContain(name);
  });

  test("tells of everything open its paths and methods, who checks the caller, and what it costs, in 80 columns", async () => {
    const config = await file(`{ domain: ["a.lan", "b.lan"], expose: ["share", "worker"], "expose-rate": 30, routes: [
      { host: "b.lan", to: "http://127.0.0.1:3000" },
      { path: "/cut", to: "http://127.0.0.1:3001", strip: true, identity: false },
      { path: "/out", "dangerously-to": "http://192.0.2.1:80" },
      { path: "/tg", expose: "telegram" } ] }`);
    const { code, stdout } = await run(["routes", "--config", config]);
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.length > 80 && !line.includes(config))).toEqual([]);
    expect(stdout.replaceAll(/ +/g, " ")).toContain(
      [
        " WHERE GOES TO WHO MAY COME",
        " b.lan/ http://127.0.0.1:3000 signed in",
        " /cut http://127.0.0.1:3001 (stripped, no name) signed in",
        " /out http://192.0.2.1:80 (public!) signed in",
        " /tg http://127.0.0.1:8787 everybody (telegram)",
        " / the Gateway signed in; see below",
      ].join("\n"),
    );
    expect(stdout).toMatch(
      /share {2}readers of .*\n +opens +GET, HEAD \/share\/\* on a\.lan\n +goes to +the Gateway\n +checked by +the Gateway, by the token/,
    );
    expect(stdout).toMatch(/opens +WebSocket \/__openclaw__\/worker on a\.lan\n/);
    expect(stdout).toMatch(
      /telegram .*\n +opens +POST \/tg on a\.lan\n +goes to +http:\/\/127\.0\.0\.1:8787\n +checked by .*webhookSecret\n +costs +Whoever has webhookSecret/,
    );
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("30 requests a minute from one client to each.");
  });

  test("says where something that was named is not open after all", async () => {
    const config = await file(`{ domain: ["b.lan"], expose: ["share"], routes: [{ host: "b.lan", to: "http://127.0.0.1:3000" }] }`);
    expect((await run(["routes", "--config", config])).stdout).toMatch(/opens +nothing: other routes have its paths\n/);
  });

  test("with --all tells the same of what is closed, each once", async () => {
    const { stdout } = await run(["routes", ...NO_FILE, "--all", "--expose", "share"]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    for (const name of EXEMPTION_NAMES) expect(stdout.match(new RegExp(`^ {2}${name} {2}\\S`, "gm"))).toHaveLength(1);
    expect(stdout.match(/^ {4}costs /gm)).toHaveLength(EXEMPTION_NAMES.length);
  });

  test("with --json tells it to programs", async () => {
    const { stdout } = await run(["routes", ...NO_FILE, "--domain", "a.lan", "--expose", "hooks,telegram", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      routes: [
        { host: null, path: "/telegram-webhook", to: "http://127.0.0.1:8787", gateway: false, open: ["telegram"] },
        { host: null, path: "/", to: "http://127.0.0.1:18789", gateway: true, open: ["hooks"] },
      ],
      open: [
        { name: "telegram", methods: ["POST"], paths: ["/telegram-webhook"], hosts: ["a.lan"] },
        { name: "hooks", methods: ["POST"], paths: ["/hooks/*"], hosts: ["a.lan"], checkedBy: expect.stringContaining("hooks.token") },
      ],
      closed: expect.toSatisfy((closed: readonly object[]) => closed.length === EXEMPTION_NAMES.length - 2),
    });
  });

  test("refuses what the edge itself would refuse, with the place and the mend", async () => {
    const config = await file(`{ domain: "a.lan", expose: "shares", routes: [{ path: "/v1", expose: "hooks" }] }`);
    const { code, stdout, stderr } = await run(["routes", "--config", config]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Did you mean share?");
    expect(stderr).toContain("routes[0]");
    expect(stderr.replaceAll(/\s+/g, " ")).toContain("/v1 must not be open");
  });
});
