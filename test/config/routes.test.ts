import { describe, expect, test } from "vitest";

import { decodeOptions } from "../../src/config/decode.ts";
import { parseJson5 } from "../../src/config/json5.ts";
import { fromFile } from "../../src/config/file-source.ts";
import { OptionReader } from "../../src/config/option-reader.ts";
import { OPTIONS } from "../../src/config/options.ts";
import type { Surroundings } from "../../src/config/surroundings.ts";

const AROUND: Surroundings = { directory: "/srv", home: "/root", uid: 0, environment: {} };

/** The routes of a configuration file, or what is wrong with it. */
async function read(routes: string, rest = "") {
  const { root, problems: syntax } = parseJson5(
    `{ domain: ["gateway.lan", "app.lan"], htpasswd: "/users", ${rest}\n routes: ${routes}}`,
    "edge.json5",
  );
  if (root?.kind !== "object") throw new Error(JSON.stringify(syntax));
  const { source, nodes, problems } = await fromFile(root, Object.values(OPTIONS), AROUND);
  expect(problems).toEqual([]);
  const decoding = decodeOptions(new OptionReader(OPTIONS, { sources: [source], nodes }, AROUND), AROUND);
  return "settings" in decoding
    ? decoding.settings.edge.routes
    : decoding.problems.map(({ where, what, mend }) => `${where}: ${what} ${mend}`);
}

async function problemsOf(routes: string): Promise<readonly string[]> {
  return (await read(routes)).filter((problem) => typeof problem === "string");
}

const local = (port: number) => ({ kind: "tcp", host: "127.0.0.1", port });
const ROUTE = { strip: false, identity: true };

describe("routes", () => {
  test.each([
    ["[]", []],
    [`[{ path: "/app", to: "http://127.0.0.1:3000" }]`, [{ ...ROUTE, path: "/app", to: local(3000) }]],
    [`[{ path: "/app/", to: "http://127.0.0.1:3000/" }]`, [{ ...ROUTE, path: "/app", to: local(3000) }]],
    [
      `[{ host: "APP.lan.", to: "http://localhost:3000" }]`,
      [{ ...ROUTE, path: "/", host: "app.lan", to: { kind: "tcp", host: "localhost", port: 3000 } }],
    ],
    [
      `[{ path: "/a", to: "unix:/run/a.sock", strip: true, identity: false }]`,
      [{ path: "/a", strip: true, identity: false, to: { kind: "unix", path: "/run/a.sock" } }],
    ],
    [`[{ path: "/a", to: "http://10.0.0.7:80" }]`, [{ ...ROUTE, path: "/a", to: { kind: "tcp", host: "10.0.0.7", port: 80 } }]],
    [
      `[{ path: "/a", "dangerously-to": "http://192.0.2.7:80" }]`,
      [{ ...ROUTE, path: "/a", to: { kind: "tcp", host: "192.0.2.7", port: 80 } }],
    ],
    // The Gateway by another name is the Gateway.
    [`[{ host: "app.lan", path: "/x", to: "http://localhost:18789" }]`, [{ ...ROUTE, path: "/x", host: "app.lan" }]],
    [
      `[{ path: "/telegram-webhook", to: "http://127.0.0.1:8787", expose: "telegram" }]`,
      [{ ...ROUTE, path: "/telegram-webhook", to: local(8787), expose: "telegram" }],
    ],
    [`[{ path: "/tg-2", expose: "telegram" }]`, [{ ...ROUTE, path: "/tg-2", to: local(8787), expose: "telegram" }]],
    [
      `[{ path: "/slack/second", expose: "slack" }, { path: "/openclaw/share", expose: "share" }]`,
      [
        { ...ROUTE, path: "/slack/second", expose: "slack" },
        { ...ROUTE, path: "/openclaw/share", expose: "share" },
      ],
    ],
    [
      `[{ path: "/api/channels/mattermost/other", expose: "mattermost" }]`,
      [{ ...ROUTE, path: "/api/channels/mattermost/other", expose: "mattermost" }],
    ],
    [`[{ path: "/api/messages", expose: "teams" }]`, [{ ...ROUTE, path: "/api/messages", to: local(3978), expose: "teams" }]],
    [
      `[{ host: "app.lan", path: "/__openclaw__/worker", expose: "worker" }]`,
      [{ ...ROUTE, host: "app.lan", path: "/__openclaw__/worker", expose: "worker" }],
    ],
  ])("%s", async (text, routes) => expect(await read(text)).toEqual(routes));

  test.each([
    [`{}`, "edge.json5:2:10 routes: It takes an array, and this is an object."],
    [`["/app"]`, 'edge.json5:2:11 routes[0]: A route is an object, and this is the string "/app".'],
    [`[{ path: "/a", too: "x" }]`, 'edge.json5:2:25 routes[0].too: There is no key "too" here. Did you mean "to"?'],
    [`[{ path: "/a" }]`, "It does not say where to."],
    [`[{ path: 7, to: "http://127.0.0.1:1" }]`, "edge.json5:2:19 routes[0].path: It takes a string, and this is the number 7."],
    [`[{ path: "/a", to: 8787 }]`, "It takes a string, and this is the number 8787."],
    [
      `[{ path: "/a", to: "http://127.0.0.1:1", strip: "yes" }]`,
      'It takes true or false, and this is the string "yes". Write "strip": true, or leave it out.',
    ],
    [`[{ to: "http://127.0.0.1:1" }]`, "It is every path of every host"],
    [`[{ path: "/", to: "http://127.0.0.1:1" }]`, "It is every path of every host"],
    [`[{ host: "app.lan", to: "http://127.0.0.1:1", strip: true }]`, "nothing to strip"],
    [
      `[{ host: "other.lan", to: "http://127.0.0.1:1" }]`,
      '"other.lan" is not served. Add it to "domain", or write one of these: gateway.lan, app.lan.',
    ],
    [`[{ host: "https://app.lan", to: "http://127.0.0.1:1" }]`, "is a URL. Write one of the names that are served: gateway.lan, app.lan."],
    [`[{ path: "/.edge/x", to: "http://127.0.0.1:1" }]`, "/.edge is the edge's own"],
    [`[{ path: "app", to: "http://127.0.0.1:1" }]`, 'Write "path": "/app".'],
    [`[{ path: "/app/*", to: "http://127.0.0.1:1" }]`, "has a wildcard"],
    ...["", "/a//b", "//a", "/a/../b", "/a/./b", "/a%20b", "/a;b", "/a\\\\b", "/a b", "/ä", "/a?b"].map((path) => [
      `[{ path: "${path}", to: "http://127.0.0.1:1" }]`,
      path === "" ? "The path is empty." : "something that servers read in different ways",
    ]),
    [
      `[{ path: "/a", to: "http://192.0.2.7:80" }]`,
      '"192.0.2.7" is public; this hop is not encrypted and carries who is signed in. Reach it by a private address; or write "dangerously-to"',
    ],
    [`[{ path: "/a", to: "http://example.com:80" }]`, "is public"],
    [
      `[{ path: "/a", to: "https://127.0.0.1:80" }]`,
      'A route\'s target is asked over plain HTTP, on this machine or in its private network; https is not supported there. Write "to": "http://127.0.0.1:80".',
    ],
    [
      `[{ path: "/a", "dangerously-to": "https://example.com" }]`,
      'Write "dangerously-to": "http://example.com:80", with the port that it listens on.',
    ],
    [`[{ path: "/a", to: "http://127.0.0.1" }]`, 'names no port. Write "to": "http://127.0.0.1:80", with the port that it listens on.'],
    [`[{ path: "/a", to: "/run/a.sock" }]`, 'Write "to": "unix:/run/a.sock".'.toLowerCase()],
    [`[{ path: "/a", to: "http://127.0.0.1:443" }]`, "is the edge itself"],
    [`[{ path: "/a", to: "http://[::1]:80" }]`, "is the edge itself"],
    [`[{ path: "/a", to: "http://127.0.0.1:1", "dangerously-to": "http://192.0.2.7:80" }]`, "two targets"],
    [
      `[{ path: "/a", to: "http://127.0.0.1:1" }, { path: "/a/", to: "http://127.0.0.1:2" }]`,
      "There is a route for every host /a already.",
    ],
  ])("%s is refused", async (text, problem) => {
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.toLowerCase()).toContain(problem.toLowerCase());
  });

  test("every mistake is told at once, each with its place", async () => {
    const problems = await problemsOf(`[
      { path: "a", to: "ftp://x", host: 3, strip: 1 },
      { path: "/b", expose: "shares" },
      null ]`);
    expect(problems.map((problem) => problem.split(": ")[0])).toEqual([
      "edge.json5:3:41 routes[0].host",
      "edge.json5:3:15 routes[0].path",
      "edge.json5:3:24 routes[0].to",
      "edge.json5:3:51 routes[0].strip",
      "edge.json5:4:29 routes[1].expose",
      "edge.json5:5:7 routes[2]",
    ]);
  });
});

describe("what a route may never open", () => {
  test.each([
    [`[{ path: "/", host: "app.lan", expose: "share" }]`, "Everything would be open"],
    [`[{ expose: "hooks" }]`, "Everything would be open"],
    [`[{ path: "/", host: "app.lan", to: "http://127.0.0.1:8787", expose: "telegram" }]`, "Everything would be open"],
    ...[
      "/tools",
      "/tools/invoke",
      "/api",
      "/api/x",
      "/v1",
      "/v1/models",
      "/sessions",
      "/__openclaw__",
      "/__openclaw__/worker",
      "/api/messages",
      "/api/channels",
    ].flatMap((path) => [
      [`[{ path: "${path}", expose: "hooks" }]`, "must not be open"],
      // A second Gateway on another port is one too, and the Gateway by its own port stays the Gateway.
      [`[{ path: "${path}", to: "http://127.0.0.1:19001", expose: "hooks" }]`, "must not be open"],
      [`[{ path: "${path}", to: "http://127.0.0.2:18789", expose: "teams" }]`, "must not be open"],
    ]),
    [`[{ path: "/x", to: "http://127.0.0.1:18789", strip: true, expose: "hooks" }]`, 'Leave "strip" out'],
    [`[{ path: "/x", to: "http://127.0.0.1:8787", strip: true, expose: "telegram" }]`, 'Leave "strip" out'],
    [`[{ path: "/worker", expose: "worker" }]`, "A WebSocket needs a sign-in on every path but /__openclaw__/worker"],
    [`[{ path: "/x", expose: "share,hooks" }]`, "Write a route for each."],
    [`[{ path: "/x", expose: ["share"] }]`, "It takes a string"],
  ])("%s", async (text, problem) => {
    const problems = await read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test("the Gateway is known by its socket, too", async () => {
    const upstream = `upstream: "unix:/run/gateway.sock",`;
    expect(await read(`[{ path: "/x", to: "unix:/run/gateway.sock" }]`, upstream)).toEqual([{ ...ROUTE, path: "/x" }]);
    expect(await read(`[{ path: "/v1", to: "unix:/run/gateway.sock", expose: "teams" }]`, upstream)).toEqual([
      expect.stringContaining("must not be open"),
    ]);
  });
});
