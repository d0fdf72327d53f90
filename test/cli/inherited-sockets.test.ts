import { expect, test } from "vitest";

import { inheritedSockets } from "../../src/cli/inherited-sockets.ts";

const PID = 4711;
const passed = (fds: string, names?: string) =>
  inheritedSockets({ LISTEN_PID: String(PID), LISTEN_FDS: fds, ...(names !== undefined && { LISTEN_FDNAMES: names }) }, PID);

test("sockets are told apart by the names that the socket unit gives them", () => {
  expect(passed("4", "https:http:https:http")).toEqual({ sockets: { https: [3, 5], http: [4, 6] } });
  expect(passed("1", "https")).toEqual({ sockets: { https: [3], http: [] } });
});

test("what was meant for another process is left alone", () => {
  expect(inheritedSockets({ LISTEN_PID: "1", LISTEN_FDS: "1", LISTEN_FDNAMES: "https" }, PID)).toBeUndefined();
  expect(inheritedSockets({ LISTEN_FDS: "1" }, PID)).toBeUndefined();
  expect(inheritedSockets({}, PID)).toBeUndefined();
  expect(passed("0")).toBeUndefined();
});

test.each([
  ["no names", passed("2"), "inherited socket 1"],
  ["a name that says nothing", passed("2", "https:openclaw-edge.socket"), "inherited socket 2"],
  ["none for HTTPS", passed("1", "http"), "inherited sockets"],
  ["a number that is none", passed("two", "https"), "inherited sockets"],
  ["far too many", passed("999", "https"), "inherited sockets"],
])("%s: refused, with the place and the mend", (_, result, where) => {
  expect(result).toMatchObject({ problem: { where, mend: expect.stringMatching(/\.$/) as string } });
});
