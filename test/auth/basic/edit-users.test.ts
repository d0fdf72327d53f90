import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { bcryptOf, isPassword } from "../../../src/auth/basic/bcrypt.ts";
import { namesIn, setHash, withoutUser } from "../../../src/auth/basic/edit-users.ts";
import { parseHtpasswd } from "../../../src/auth/basic/htpasswd.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { bcrypt } from "../support.ts";

const [OLD, NEW] = [bcrypt("old password"), bcrypt("new password")];
const set = (text: string, name: string) => Buffer.from(setHash(Buffer.from(text), name, NEW).content).toString();
const remove = (text: string, name: string) => Buffer.from(withoutUser(Buffer.from(text), name).content).toString();

describe("one user's line is changed, and nothing else", () => {
  const odd = "# users of the edge\\r\\n\r\n   \nbroken line without a colon\n#alice:commented out\n";

  test.each([
    ["a line in the middle", `a:${OLD}\nalice:${OLD}\nb:${OLD}\n`, `a:${OLD}\nalice:${NEW}\nb:${OLD}\n`],
    ["no last line end", `a:${OLD}\nalice:${OLD}`, `a:${OLD}\nalice:${NEW}`],
    ["CR LF", `a:${OLD}\r\nalice:${OLD}\r\n`, `a:${OLD}\r\nalice:${NEW}\r\n`],
    ["both line ends mixed", `a:${OLD}\r\nalice:${OLD}\nb:${OLD}\r\n`, `a:${OLD}\r\nalice:${NEW}\nb:${OLD}\r\n`],
    ["spaces before, a comment behind", `  alice:${OLD}:the owner \r\n`, `  alice:${NEW}:the owner \r\n`],
    ["a BOM", `\uFEFFalice:${OLD}\n`, `\uFEFFalice:${NEW}\n`],
    ["odd lines around", `${odd}alice:${OLD}\n${odd}`, `${odd}alice:${NEW}\n${odd}`],
    ["another format", "alice:$apr1$dXRwnCxx$5Rqk6GMDHkGYzM1cFzk0h1\n", `alice:${NEW}\n`],
    ["a plain password with colons, of which nothing may be left", "alice:my:secret:words\r\n", `alice:${NEW}\r\n`],
    ["a name that stands twice", `alice:${OLD}\nb:${OLD}\nalice:x\n`, `alice:${NEW}\nb:${OLD}\n`],
    ["a name that begins with it", `alice2:${OLD}\nalice:${OLD}\n`, `alice2:${OLD}\nalice:${NEW}\n`],
  ])("another password: %s", (_, before, after) => {
    expect(set(before, "alice")).toBe(after);
  });

  test.each([
    ["an empty file", "", `alice:${NEW}\n`],
    ["no last line end", `a:${OLD}`, `a:${OLD}\nalice:${NEW}\n`],
    ["CR LF", `a:${OLD}\r\n`, `a:${OLD}\r\nalice:${NEW}\r\n`],
    ["CR LF without the last one", `# x\r\na:${OLD}`, `# x\r\na:${OLD}\r\nalice:${NEW}\r\n`],
    ["comments at the end", `a:${OLD}\n# end\n`, `a:${OLD}\n# end\nalice:${NEW}\n`],
  ])("a new user comes behind the last line: %s", (_, before, after) => {
    expect(set(before, "alice")).toBe(after);
  });

  test("every line of a removed user goes, and only those", () => {
    expect(remove(`# x\nalice:${OLD}\nb:${OLD}\r\nalice:plain\n#alice:y\nalice`, "alice")).toBe(`# x\nb:${OLD}\r\n#alice:y\nalice`);
    expect(remove(`\uFEFFalice:${OLD}\nb:${OLD}`, "alice")).toBe(`\uFEFFb:${OLD}`);
    expect(withoutUser(Buffer.from(`a:${OLD}`), "alice").lines).toBe(0);
  });

  test("octets that are no UTF-8 stay as they are", () => {
    const latin1 = Buffer.from("# M\xfcller\nalice:x\n", "latin1");
    expect(Buffer.from(setHash(latin1, "alice", NEW).content).equals(Buffer.from(`# M\xfcller\nalice:${NEW}\n`, "latin1"))).toBe(true);
  });

  test("whom the edge knows by a line is who is changed by it, whatever the file holds (property)", () => {
    const piece = fc.constantFrom("alice", "bob", ":", OLD, " ", "\t", "\u00a0", "\uFEFF", "\r", "\n", "\r\n", "#", "x", "é");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const content = Buffer.from(text);
        const before = parseHtpasswd(text, "users").users;
        for (const name of before.keys()) expect(namesIn(content)).toContain(name);
        const after = parseHtpasswd(remove(text, "alice"), "users").users;
        expect(after.has("alice")).toBe(false);
        expect(after.get("bob")?.hash).toBe(before.get("bob")?.hash);
        const changed = parseHtpasswd(set(text, "alice"), "users").users;
        expect(changed.get("alice")?.hash).toBe(NEW);
        expect(changed.get("bob")?.hash).toBe(before.get("bob")?.hash);
      }),
      { numRuns: 2_000 },
    );
  });

  test("of 100,000 users is changed as well", () => {
    const text = Array.from({ length: 100_000 }, (_, index) => `user-${index}:${OLD}`).join("\n");
    const changed = set(text, "user-77777");
    expect(changed).toBe(text.replace(`user-77777:${OLD}`, `user-77777:${NEW}`));
  });
});

test("Debian's htpasswd takes what is written, and we what it writes", async ({ skip }) => {
  const path = join(await scratchDirectory(), "users");
  const hash = await bcryptOf("zebra lamp anvil", 10);
  expect(hash).toMatch(/^\$2y\$10\$/);
  expect(isPassword("zebra lamp anvil", hash)).toBe(true);
  writeFileSync(path, setHash(Buffer.alloc(0), "alice", hash).content);
  try {
    execFileSync("htpasswd", ["-vb", path, "alice", "zebra lamp anvil"], { stdio: "ignore" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") skip("apache2-utils is not installed");
    throw error;
  }
  execFileSync("htpasswd", ["-bB", "-C", "5", path, "bob", "another one"], { stdio: "ignore" });
  expect([...parseHtpasswd(execFileSync("cat", [path], { encoding: "utf8" }), path).users.keys()]).toEqual(["alice", "bob"]);
});
