import { expect, test } from "vitest";

import { isLoopback, prefixOf, socketAddress } from "../../src/listener/client-address.ts";

test.each([
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:192.0.2.1", "192.0.2.1"],
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1"],
  ["fe80::1%eth0", "fe80::1"],
  ["::ffff:192.0.2.1%1", "192.0.2.1"],
])("%s is written as %s", (address, canonical) => {
  expect(socketAddress(address)).toBe(canonical);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:0db8:0000:0001::", "2001:db8:0:1::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["2001:db8:1:2:3::", "2001:db8:1:2::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4::/64"],
])("%s counts as %s", (address, prefix) => {
  expect(prefixOf(address)).toBe(prefix);
});

test("two addresses of one /64 count as one client, and of two /64 as two", () => {
  expect(prefixOf("2001:db8:0:1::1")).toBe(prefixOf("2001:db8:0:1:ffff:ffff:ffff:ffff"));
  expect(prefixOf("2001:db8:0:1::1")).not.toBe(prefixOf("2001:db8:0:2::1"));
});

test.each([
  ["127.0.0.1", true],
  ["127.255.0.9", true],
  ["::1", true],
  ["128.0.0.1", false],
  ["::2", false],
  ["192.168.127.1", false],
])("%s is loopback: %s", (address, loopback) => {
  expect(isLoopback(address)).toBe(loopback);
});
