import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { hash } from "bcryptjs";
import { expect, test } from "vitest";

import { scratchDirectory } from "../support/scratch.ts";
import { start } from "./run-command.ts";

/** Commands that write into the state directory. */
const WRITING = [
  "user add carol --password-file PASSWORD",
  "user passwd alice --password-file PASSWORD",
  "user remove bob",
  "user scopes alice operator.read",
  "pass create --user alice --name phone --domain ai.example.com",
  "pass revoke abcdefghij",
  "certs renew ai.example.com",
  "serve --domain gateway.lan --https-port 0 --http-port off --host 127.0.0.1",
];

test("a state directory of a newer version is refused by every command that would write in it, and stays as it is", async () => {
  const state = await scratchDirectory();
  const line = await hash("correct horse battery staple", 4);
  const files = { users: `alice:${line}\nbob:${line}\n`, version: "2\n", "scopes.json": '{"version":1,"owner":null,"users":{}}\n' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(state, name), text, { mode: 0o600 });
  const elsewhere = await scratchDirectory();
  const [configuration, password] = [join(elsewhere, "edge.json5"), join(elsewhere, "password")];
  await writeFile(configuration, '{ domain: "ai.example.com" }');
  await writeFile(password, "correct horse battery staple");
  const ended = await Promise.all(
    WRITING.map(async (command) => {
      const config = command.startsWith("certs") ? configuration : "off";
      const running = start([...command.replace("PASSWORD", password).split(" "), "--state", state, "--config", config]);
      return { command, ...(await running.finished) };
    }),
  );
  for (const { command, code, stderr } of ended) {
    expect({ command, code, says: stderr.replaceAll(/\s+/g, " ") }).toMatchObject({
      command,
      code: 2,
      says: expect.stringContaining("It was written by a newer openclaw-edge: version 2 of its files, and this one knows 1."),
    });
  }
  for (const [name, text] of Object.entries(files)) expect(await readFile(join(state, name), "utf8")).toBe(text);
  // A start has to claim it before it can be sure.
  expect((await readdir(state)).filter((name) => name !== "run").toSorted()).toEqual(Object.keys(files).toSorted());
});
