/** What the types can't hold alone: who may vouch for a user, and who may make a head that goes upstream. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "..", "src");
const ARCHITECTURE = join(import.meta.dirname, "..", "ARCHITECTURE.md");
/** Types only, and the table of errors: everybody's. */
const VOCABULARY = ["exchange.ts", "errors.ts"];

function filesWith(text: string): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && readFileSync(join(SOURCE, file), "utf8").includes(text))
    .toSorted();
}

test("only a sign-in method says that a user is verified", () => {
  expect(filesWith("User.verified(")).toEqual(["auth/pass/passes.ts", "auth/passwords.ts", "auth/session/session.ts"]);
});

test("only the table of routes says what is exempted", () => {
  expect(filesWith("Exemption.of(")).toEqual(["routes/route-table.ts"]);
  const table = readFileSync(join(SOURCE, "routes/route-table.ts"), "utf8");
  expect(table.split("Exemption.of(")).toHaveLength(2);
});

test("only the pipeline makes a head that goes to the Gateway, in one place, which the sign-in and the exemptions alone lead to", () => {
  expect(filesWith("UpstreamHead.for(")).toEqual(["pipeline.ts"]);
  const pipeline = readFileSync(join(SOURCE, "pipeline.ts"), "utf8");
  expect(pipeline.split("UpstreamHead.for(")).toHaveLength(2);
  const callers = pipeline.split(/\n(?=(?:export )?function )/).filter((text) => / forward\(exchange, /.test(text));
  expect(callers.map((text) => /function (\w+)/.exec(text)?.[1])).toEqual(["admit", "judge"]);
  const judge = callers.find((text) => text.startsWith("function judge")) ?? "";
  expect(judge.split(" forward(exchange, ")).toHaveLength(2);
  expect(judge.indexOf('case "authenticated"')).toBeLessThan(judge.indexOf(" forward(exchange, "));
  expect(judge.indexOf(" forward(exchange, ")).toBeLessThan(judge.indexOf('case "absent"'));
});

test("the data plane does not use node:http, whose grammar accepts what ours refuses", () => {
  // Pre-flight asks this machine's own port 80 as a CA would, in a short-lived process where no client is served and nothing is forwarded.
  const errand = "certificates/errand/look-around.ts";
  const users = filesWith('from "node:http"').filter((file) => !file.startsWith("demo/"));
  expect(users).toEqual([errand]);
  expect(filesWith("/look-around.ts")).toEqual(["certificates/errand/errand-child.ts"]);
  // Nobody imports the child: it is forked.
  expect(filesWith("/errand-child.ts")).toEqual([]);
});

test("nobody connects to an upstream but the proxy's own room, and to look whether it listens", () => {
  expect(filesWith("net.connect(")).toEqual(["proxy/reachable.ts", "proxy/upstream.ts"]);
});

describe("a room imports what its row in ARCHITECTURE.md allows, and nothing else", () => {
  // | `room/` | what lives there | `may`, `import` |
  const table =
    readFileSync(ARCHITECTURE, "utf8")
      .split("\n## ")
      .find((part) => part.startsWith("Rooms\n")) ?? "";
  const quoted = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => (name ?? "").replace(/\/$/, ""));
  const rows = table
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | "))
    .map(([rooms = "", , allowed = ""]) => ({ rooms: quoted(rooms), allowed: quoted(allowed), isFree: allowed.startsWith("everything") }));
  const allowedIn = new Map(
    rows.flatMap(({ rooms, allowed, isFree }) => rooms.map((room) => [room, isFree ? undefined : allowed] as const)),
  );
  const roomOf = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : file.replace(/^edge-.*/, "edge-*.ts"));
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

  test("every room has its row", () => {
    const rooms = new Set(files.map(roomOf).filter((room) => room !== "index.ts"));
    expect([...rooms].filter((room) => !allowedIn.has(room))).toEqual([]);
  });

  const importsOf = (file: string): readonly string[] => {
    const text = readFileSync(join(SOURCE, file), "utf8");
    return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path = ""]) => join(dirname(file), path));
  };

  test("of the ACME client others know just what the row says", () => {
    const client = "certificates/acme/";
    const known = files.filter((file) => !file.startsWith(client)).flatMap((file) => importsOf(file).filter((to) => to.startsWith(client)));
    const named = (allowedIn.get("certificates/acme") ?? []).filter((name) => name.endsWith(".ts"));
    expect([...new Set(known)].toSorted()).toEqual(named.map((name) => `${client}${name}`).toSorted());
  });

  test.each([...new Set(files.map(roomOf))].filter((room) => !["index.ts", ...VOCABULARY].includes(room)))("%s", (room) => {
    const allowed = allowedIn.get(room);
    const imports = files
      .filter((file) => roomOf(file) === room)
      .flatMap((file) => importsOf(file).map((to) => ({ file, to })))
      .filter(({ to }) => roomOf(to) !== room && !VOCABULARY.includes(to));
    const isAllowed = (to: string): boolean => allowed === undefined || allowed.includes(to) || allowed.includes(roomOf(to));
    expect(imports.filter(({ to }) => !isAllowed(to)).map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
  });
});
