import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { NO_DEBUGGER } from "../../src/certificates/no-debugger.ts";
import { scratchDirectory } from "../support/scratch.ts";

test("attack: SIGUSR1 opens no debugger in a child process, and does not end it", async () => {
  const script = join(await scratchDirectory(), "child.mjs");
  await writeFile(
    script,
    `import inspector from "node:inspector";
process.kill(process.pid, "SIGUSR1");
setTimeout(() => process.send(inspector.url() ?? "none"), 200);`,
  );
  const child = fork(script, { execArgv: [...NO_DEBUGGER] });
  expect(await once(child, "message")).toEqual(["none", undefined]);
});
