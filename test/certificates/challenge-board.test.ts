import { join } from "node:path";

import { expect, it, onTestFinished, vi } from "vitest";

import { createChallengeBoard } from "../../src/certificates/challenge-board.ts";
import { openFileStore } from "../../src/certificates/file-store.ts";
import { recordingLog } from "../support/recording-log.ts";
import { scratchDirectory } from "../support/scratch.ts";

const CHALLENGE = {
  type: "http-01",
  identifier: { kind: "name", value: "ai.example.com" },
  token: "token",
  keyAuthorization: "token.thumbprint",
} as const;

async function boards() {
  const store = await openFileStore(join(await scratchDirectory(), "certs"));
  const board = () => createChallengeBoard(store, recordingLog());
  return { store, board };
}

it("answers for another edge of the same directory, and no more when that one has taken its challenge away", async () => {
  const { board } = await boards();
  const [one, other] = [board(), board()];
  await one.present(CHALLENGE);
  expect(await other.keyAuthorization("token")).toBe("token.thumbprint");
  await one.cleanUp(CHALLENGE);
  expect(await other.keyAuthorization("token")).toBeUndefined();
});

it.each([
  ["by a clock that was years ahead", 10],
  ["years ago", -10],
])("a challenge that a killed edge posted %s is not answered, and the next start takes it away", async (_, years) => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const { store, board } = await boards();
  const now = Date.now();
  vi.setSystemTime(now + years * 31_536_000_000);
  await board().present(CHALLENGE);
  vi.setSystemTime(now);
  const next = board();
  expect(await next.keyAuthorization("token")).toBeUndefined();
  await expect.poll(() => store.list("challenges")).toEqual([]);
});
