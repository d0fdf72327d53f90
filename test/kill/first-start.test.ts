/** kill -9 at every write of `openclaw-edge serve`, from an empty state directory to its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { killAtEveryWrite } from "../support/kill-points.ts";

const source = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

/** Stops itself once it serves: then every write of a start and of a stop has happened. */
const serving = (directory: string): readonly string[] => [
  "--input-type=module",
  "--eval",
  `import { askEdge } from ${source("admin/client.ts")};
   import { STOP } from ${source("admin/control.ts")};
   import { main } from ${source("cli/main.ts")};
   const flags = ["--domain", "gateway.lan", "--host", "127.0.0.1", "--https-port", "0", "--http-port", "off", "--log-format", "text"];
   process.execve = undefined;
   const asking = setInterval(async () => {
     const { kind } = await askEdge(${JSON.stringify(directory)}, STOP, { now: true });
     if (kind === "answered") clearInterval(asking);
   }, 20);
   process.exit(await main(["serve", ...flags, "--state", ${JSON.stringify(directory)}, "--config", "off"]));`,
];
const environment = { OPENCLAW_EDGE_USER: "alice", OPENCLAW_EDGE_PASSWORD: "correct horse battery staple" };

/** Every file that somebody reads, with what is random in it made the same. A part of a file stays different from the whole. */
async function files(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const names = entries.map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1)).toSorted();
  const read = names.filter((name) => !/(^|\/)\.|(^|\/)run\/|\.lock$/.test(name));
  return Object.fromEntries(await Promise.all(read.map(async (name) => [name, alike(name, await readFile(join(directory, name)))])));
}

function alike(name: string, bytes: Buffer): string {
  // By their length: what is cut short is another one.
  if (/-keys?$/.test(name)) return `${bytes.length} octets`;
  const text = bytes.toString();
  if (/\.(?:pem|key)$/.test(name)) return text.replaceAll(/(?<=-----\n)[^-]+(?=-----END [A-Z ]+-----\n)/g, "…");
  return text.replaceAll(/\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}(?=\n)/g, "HASH");
}

test("leaves each file as it was or as it should be, and the next start goes on from there: the same user, a local CA, nothing half written", async () => {
  const points = await killAtEveryWrite({
    program: serving,
    environment: () => environment,
    look: files,
    accept(after, before, made) {
      for (const name of new Set([...Object.keys(after), ...Object.keys(before), ...Object.keys(made)])) {
        expect([before, made].map((state) => ({ name, text: state[name] }))).toContainEqual({ name, text: after[name] });
      }
    },
    async recover(directory) {
      const child = spawn(process.execPath, serving(directory), {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...environment },
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (said += bytes.toString()));
      const [code] = (await once(child, "close")) as [number];
      expect({ code, said }).toMatchObject({ code: 0 });
      expect((await files(directory))["users"]).toBe("alice:HASH\n");
      expect((await readdir(directory, { recursive: true })).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    },
  });
  expect(points.length).toBeGreaterThan(30);
}, 900_000);
