import { expect, test } from "vitest";

import { readMonitoringAddress } from "../../src/config/monitoring-address.ts";

test.each([
  ["127.0.0.1:9464", "127.0.0.1", 9464],
  ["[::1]:9464", "::1", 9464],
  ["9464", "127.0.0.1", 9464],
  ["10.0.0.5:0", "10.0.0.5", 0],
])("%s is taken", (text, host, port) => {
  expect(readMonitoringAddress(text)).toEqual({ value: { host, port } });
});

test.each([
  ["0.0.0.0:9464", /every address/],
  ["[::]:9464", /every address/],
  ["203.0.113.7:9464", /public address/],
  ["localhost:9464", /no address/],
  ["127.0.0.1", /no address/],
  ["127.0.0.1:70000", /70000/],
  ["", /no address/],
])("%s is refused: there is no sign-in", (text, what) => {
  expect(readMonitoringAddress(text)).toMatchObject({ what: expect.stringMatching(what) as string });
});
