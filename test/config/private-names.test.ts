import { expect, it } from "vitest";

import { isPrivateName } from "../../src/config/private-names.ts";

it.each(["localhost", "app.localhost", "nas", "nas.local", "ai.corp.internal", "router.home.arpa", "pi.lan", "ai.test"])(
  "%s is private",
  (value) => {
    expect(isPrivateName({ kind: "name", value })).toBe(true);
  },
);

it.each([
  "ai.example.com",
  "example.example",
  "localhost.example.com",
  "mylocal.dev",
  "notlan.org",
  "fritz.box",
  "arpa.com",
  "x.arpa",
  "machine.tail1234.ts.net",
])("%s is public", (value) => {
  expect(isPrivateName({ kind: "name", value })).toBe(false);
});

it.each([
  "127.0.0.1",
  "127.255.0.9",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.1.1",
  "100.64.0.1",
  "100.127.255.255",
])("%s is private", (value) => {
  expect(isPrivateName({ kind: "ip", value })).toBe(true);
});

it.each(["::1", "fd00::1", "fc12::", "fe80::1"])("%s is private", (value) => {
  expect(isPrivateName({ kind: "ip", value })).toBe(true);
});

it.each(["8.8.8.8", "172.32.0.1", "172.15.0.1", "100.128.0.1", "100.63.0.1", "192.169.0.1", "2001:db8::1", "::2", "fec0::1", "2a00::1"])(
  "%s is public",
  (value) => {
    expect(isPrivateName({ kind: "ip", value })).toBe(false);
  },
);
