import { describe, expect, test } from "vitest";

import type { RouteConfig } from "../../src/config/edge-config.ts";
import { parseRequestHead } from "../../src/http1/request-head.ts";
import { Routing } from "../../src/routes/routing.ts";
import { routeTable } from "../../src/routes/route-table.ts";

const upstream = { kind: "tcp", host: "127.0.0.1", port: 18789 } as const;
const route = (path: string, name: string, more: Partial<RouteConfig> = {}): RouteConfig => ({
  path,
  to: { kind: "unix", path: name },
  strip: false,
  identity: true,
  ...more,
});
const head = (line: string, host = "a.lan") => {
  const read = parseRequestHead(`${line} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, { scheme: "https", fields: 100 });
  if (typeof read === "string") throw new Error(`${line}: ${read}`);
  return read;
};
const way = (routes: readonly RouteConfig[], target: string, host?: string): string => {
  const found = routeTable({ upstream, routes, expose: [] }).find(head(`${target === "*" ? "OPTIONS" : "GET"} ${target}`, host));
  return found.target.kind === "unix" ? found.target.path : "gateway";
};

describe("a request goes", () => {
  const routes = [route("/app", "app"), route("/app/api", "api"), route("/app/api/v2", "v2"), route("/b", "b")];
  test.each([
    ["/app", "app"],
    ["/app/", "app"],
    ["/app?x", "app"],
    ["/app/x/y", "app"],
    ["/app//x", "app"],
    ["/app/api", "api"],
    ["/app/api/v1", "api"],
    ["/app/api/v2?x", "v2"],
    ["/app/api/v2x", "api"],
    ["/app/apis", "app"],
    ["/apple", "gateway"],
    ["/app;x", "gateway"],
    ["/app%2f", "gateway"],
    ["/app\\x", "gateway"],
    ["/App", "gateway"],
    ["//app", "gateway"],
    ["/x/../app", "gateway"],
    ["/", "gateway"],
    ["/?/app", "gateway"],
    ["*", "gateway"],
  ])("%s to %s: the longest path wins, by whole segments", (target, name) => {
    expect(way(routes, target)).toBe(name);
    expect(way(routes.toReversed(), target)).toBe(name);
  });

  test("by host first: a host with a route for / is wholly its own", () => {
    const hosts = [
      route("/", "all of b", { host: "b.lan" }),
      route("/app", "b's app", { host: "b.lan" }),
      route("/app/x", "app"),
      route("/app", "c's", { host: "c.lan" }),
    ];
    expect([way(hosts, "/app/x", "b.lan"), way(hosts, "/share/x", "B.LAN"), way(hosts, "*", "b.lan")]).toEqual([
      "b's app",
      "all of b",
      "all of b",
    ]);
    expect([way(hosts, "/app/x", "a.lan"), way(hosts, "/app", "a.lan")]).toEqual(["app", "gateway"]);
    expect([way(hosts, "/app/x", "c.lan"), way(hosts, "/", "c.lan")]).toEqual(["c's", "gateway"]);
    expect(way(hosts, "/app", "b.lan:8443")).toBe("b's app");
  });
});

describe("a path goes on", () => {
  const table = routeTable({
    upstream,
    routes: [route("/app", "kept"), route("/cut", "cut", { strip: true }), route("/", "host", { host: "b.lan" })],
    expose: [],
  });
  const onward = (target: string, host?: string): string | undefined => table.find(head(`GET ${target}`, host)).targetFor(target);

  test.each([
    ["/app/x?a=/../b", "/app/x?a=/../b"],
    ["/app", "/app"],
    ["/app//x", "/app//x"],
    ["/cut", "/"],
    ["/cut/", "/"],
    ["/cut?a", "/?a"],
    ["/cut/?a", "/?a"],
    ["/cut/x%20y?a//b", "/x%20y?a//b"],
    ["/cut/x//y", "/x//y"],
    ["/cut/cut/x", "/cut/x"],
    ["/cut/?//evil", "/?//evil"],
    // Where a route is all of a host, and at the Gateway, nothing is looked at.
    ["/x/../y//z", "/x/../y//z"],
  ])("%s as %s", (target, expected) => expect(onward(target)).toBe(expected));

  test("of a host that is wholly its own, octet by octet", () => expect(onward("//x/%2e%2e/y", "b.lan")).toBe("//x/%2e%2e/y"));

  test.each([
    ...[
      "/app/..",
      "/app/../admin",
      "/app/%2e%2e/admin",
      "/app/x/..%2f..%2fadmin",
      "/app/..\\admin",
      "/app/..;/admin",
      "/app/%252e%252e/admin",
    ],
    ...[
      "/cut//",
      "/cut//evil.example/x",
      "/cut/\\evil.example",
      "/cut/%2fevil",
      "/cut/%5cevil",
      "/cut/;/evil",
      "/cut/./x",
      "/cut/.//evil",
      "/cut/../x",
      "/cut/%00/evil",
    ],
  ])("%s does not go on: somebody could read another target in it", (target) => expect(onward(target)).toBeUndefined());
});

describe("what is open", () => {
  const table = routeTable({
    upstream,
    routes: [
      route("/", "elsewhere", { host: "b.lan" }),
      route("/hooks/private", "private"),
      route("/tg", "telegram", { expose: "telegram" }),
      route("/telegram-webhook", "mine"),
      { path: "/slack/second", strip: false, identity: true, expose: "slack" },
    ],
    expose: ["hooks", "share", "telegram", "teams"],
  });
  const open = (line: string, host?: string): string | undefined => {
    const request = head(line, host);
    return table.find(request).exemptionFor(request)?.name;
  };

  test("is open on the Gateway's hosts, and not where somebody else serves the path", () => {
    expect([open("POST /hooks/x"), open("GET /share/x")]).toEqual(["hooks", "share"]);
    expect([open("POST /hooks/x", "b.lan"), open("GET /share/x", "b.lan")]).toEqual([undefined, undefined]);
    expect([open("POST /hooks/private"), open("POST /hooks/private/x"), open("POST /hooks/privates")]).toEqual([
      undefined,
      undefined,
      "hooks",
    ]);
  });

  test("is of a route exactly what its name opens of the path that it was moved to", () => {
    expect([open("POST /tg"), open("POST /tg?x"), open("GET /tg"), open("POST /tg/x"), open("POST /tg/"), open("POST /tg/..")]).toEqual([
      "telegram",
      "telegram",
      ...Array(4),
    ]);
    expect([open("POST /slack/second"), open("POST /slack/events")]).toEqual(["slack", undefined]);
  });

  test("brings its own port along, unless the configuration has a route there that asks for a sign-in", () => {
    expect(open("POST /api/messages")).toBe("teams");
    expect(table.find(head("POST /api/messages")).target).toEqual({ kind: "tcp", host: "127.0.0.1", port: 3978 });
    expect(open("POST /api/messages/x")).toBeUndefined();
    expect(open("POST /telegram-webhook")).toBeUndefined();
    expect(table.find(head("POST /telegram-webhook")).target).toEqual({ kind: "unix", path: "mine" });
  });
});

test("a reload puts another table in force at once, and tells what is open no more", () => {
  const routing = new Routing({ upstream, routes: [], expose: ["share", "hooks"] }, 1);
  const request = head("GET /share/x");
  const share = routing.table.gateway.exemptionFor(request);
  if (share === undefined) throw new Error("not open");
  const client = { address: "192.0.2.1", port: 1, prefix: "192.0.2.1" };
  expect([routing.wait(share, client), routing.wait(share, client)]).toEqual([0, 60]);

  const stillShare = routing.use({ upstream, routes: [route("/app", "app")], expose: ["share"] });
  expect(stillShare(share)).toBe(false);
  expect(routing.table.find(head("GET /app")).target).toEqual({ kind: "unix", path: "app" });
  // What was asked before counts after it.
  expect(routing.wait(share, client)).toBe(60);
  routing.use({ upstream, routes: [], expose: ["share"] }, 120);
  expect([routing.wait(share, client), routing.wait(share, client)]).toEqual([0, 0]);
  expect(routing.use({ upstream, routes: [], expose: [] })(share)).toBe(true);
  expect(routing.table.find(request).exemptionFor(request)).toBeUndefined();
});
