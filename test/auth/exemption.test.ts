import { describe, expect, test } from "vitest";

import { Exemption, WORKER_PATH } from "../../src/auth/exemption.ts";
import { EXEMPTION_NAMES, exemption, NEVER_EXEMPT } from "../../src/gateway/exemptions.ts";
import { parseRequestHead } from "../../src/http1/request-head.ts";
import { HANDSHAKE } from "../support/requests.ts";

function head(line: string, ...fields: readonly string[]) {
  const read = parseRequestHead(`${line} HTTP/1.1\r\nHost: h\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`, {
    scheme: "https",
    fields: 100,
  });
  if (typeof read === "string") throw new Error(`${line}: ${read}`);
  return read;
}

const rows = EXEMPTION_NAMES.map((name) => {
  const { path, covers, methods, without } = exemption(name);
  return { name, without, methods: methods.map(String), paths: covers.map((suffix) => `${path}${suffix}`) };
});
const all = rows.map((row) => ({ ...row, exemption: Exemption.of(row) }));
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "post", "PROPFIND"];
/** A path that the pattern stands for. */
const concrete = (pattern: string): string => pattern.replace("/*", "/abc/d-e_f.g~1");

describe.each(all)("$name", ({ exemption: here, paths, methods }) => {
  test.each(paths)("covers %s with its methods, and with a query, and nothing else", (pattern) => {
    for (const query of ["", "?", "?a=/../b&c=%2e%2e\\"]) {
      const covered = METHODS.filter((method) => here.covers(head(`${method} ${concrete(pattern)}${query}`)));
      expect(covered).toEqual(METHODS.filter((method) => methods.includes(method)));
    }
  });

  test.each(paths)("covers a WebSocket handshake on %s only where it is the workers' own path", (pattern) => {
    const handshake = head(`GET ${concrete(pattern)}`, ...HANDSHAKE);
    expect(handshake.websocket).toBe(true);
    expect(here.covers(handshake)).toBe(pattern === WORKER_PATH);
  });

  test.each(paths)("never covers another Upgrade on %s, though it would be dropped on the way", (pattern) => {
    for (const method of methods.map((name) => (name === "UPGRADE" ? "GET" : name)))
      for (const fields of [
        ["Upgrade: h2c", "Connection: Upgrade"],
        ["Upgrade: websocket"],
        ["upgrade: WebSocket", "Connection: keep-alive"],
      ])
        expect(here.covers(head(`${method} ${concrete(pattern)}`, ...fields))).toBe(false);
  });
});

test("nothing covers what must never be open, nor a path's neighbours", () => {
  const never = [
    ...NEVER_EXEMPT.flatMap((path) => [path, `${path}/`, `${path}/x`]),
    ...["/", "*", "/tools/invoke", "/api/x", "/api/channels/mattermost", "/api/channels/mattermost/command/x", "/v1/models", "/index.html"],
    ...["/__openclaw__/worker/", "/__openclaw__/worker/x", "/__openclaw__/worker-transfer", "/__openclaw__/workers", "/.edge/login"],
    ...all.flatMap(({ paths }) => paths.map((pattern) => `${pattern.replace(/\/\*$/, "").replace(/\/$/, "")}x`)),
    ...all.filter(({ name }) => name !== "discord").flatMap(({ paths }) => paths.map((pattern) => `${pattern.replace("/*", "")}/`)),
    ...["/share", "/hooks", "/j", "/plugins/webhooks", "/plugins", "/slack", "/discord", "/webhooks", "/oauth/mcp"],
  ];
  const covered = never.flatMap((path) =>
    (path === "*" ? ["OPTIONS"] : METHODS).flatMap((method) =>
      all.filter(({ exemption: here }) => here.covers(head(`${method} ${path}`))).map(({ name }) => `${name}: ${method} ${path}`),
    ),
  );
  expect(covered).toEqual([]);
});

test("a join code is redeemed at the end of any path by the Gateway, and goes through where joining is open alone", () => {
  const code = "AAAAAAAAAAAAAAAAAAAAAA";
  for (const { name, exemption: here, paths } of all)
    for (const base of paths.filter((pattern) => pattern.endsWith("/*")).map((pattern) => pattern.slice(0, -2)))
      for (const path of [`${base}/j/${code}`, `${base}/x/j/${code}`, `${base}/j`, `${base}/x/j`, `${base}/j/x/y`])
        for (const method of METHODS)
          expect([name, path, method, here.covers(head(`${method} ${path}`))]).toEqual([
            name,
            path,
            method,
            name === "join" && method === "GET",
          ]);
  const share = all.find(({ name }) => name === "share")?.exemption;
  expect(["/share/jj/x", "/share/xj", "/share/j.png", "/share/session?/j/"].map((path) => share?.covers(head(`GET ${path}`)))).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test("an exemption that would cover everything, or an Upgrade elsewhere, can't be made", () => {
  const make =
    (paths: readonly string[], methods = ["POST"]) =>
    () =>
      Exemption.of({ name: "x", paths, methods });
  expect(make(["/"])).toThrow(TypeError);
  expect(make(["/*"])).toThrow(TypeError);
  expect(make(["/share/*"], ["UPGRADE"])).toThrow(TypeError);
  expect(make([WORKER_PATH, "/x"], ["UPGRADE"])).toThrow(TypeError);
  expect(make([WORKER_PATH], ["GET", "UPGRADE"])).toThrow(TypeError);
  expect(make(["/x"])).not.toThrow();
});
