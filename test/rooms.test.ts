/** What the types can't hold alone: who may vouch for a user, and who may make a head that goes upstream. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "..", "src");

function filesWith(text: string): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && readFileSync(join(SOURCE, file), "utf8").includes(text))
    .toSorted();
}

test("only a sign-in method says that a user is verified", () => {
  expect(filesWith("User.verified(")).toEqual(["auth/passwords.ts", "auth/session/session.ts"]);
});

test("only the pipeline makes a head that goes to the Gateway, and only behind the sign-in", () => {
  expect(filesWith("UpstreamHead.for(")).toEqual(["pipeline.ts"]);
  const pipeline = readFileSync(join(SOURCE, "pipeline.ts"), "utf8");
  expect(pipeline.split("UpstreamHead.for(")).toHaveLength(2);
  expect(pipeline.indexOf('case "authenticated"')).toBeLessThan(pipeline.indexOf("UpstreamHead.for("));
  expect(pipeline.indexOf("UpstreamHead.for(")).toBeLessThan(pipeline.indexOf('case "absent"'));
});

test("the data plane does not use node:http, whose grammar accepts what ours refuses", () => {
  const users = filesWith('from "node:http"').filter((file) => !file.startsWith("demo/"));
  expect(users).toEqual([]);
});

test("nothing is written to an upstream but by the proxy's own room", () => {
  expect(filesWith("net.connect(")).toEqual(["proxy/upstream.ts"]);
});
