import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { htpasswdSteps, parseHtpasswd } from "../../../src/auth/basic/htpasswd.ts";
import { runInSlices } from "../../../src/auth/basic/slices.ts";
import { bcrypt, shortestOf } from "../support.ts";

const PATH = "/etc/edge/users.htpasswd";
const HASH = bcrypt("correct horse");
const parse = (text: string) => parseHtpasswd(text, PATH);

describe("a users file with what can't be trusted", () => {
  it.each([
    ["Apache MD5", "$apr1$dXRwnCxx$5Rqk6GMDHkGYzM1cFzk0h1", "$apr1$"],
    ["SHA-1", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{SHA}"],
    ["salted SHA-1", "{SSHA}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr", "{SSHA}"],
    ["DES crypt", "rqXexS6ZhobKA", "DES crypt"],
    ["MD5 crypt", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "$1$"],
    ["SHA-256 crypt", "$5$saltsalt$c2hhMjU2LWNyeXB0LWhhc2gtdmFsdWUtaGVyZQ", "$5$"],
    ["SHA-512 crypt", "$6$saltsalt$c2hhNTEyLWNyeXB0LWhhc2gtdmFsdWUtaGVyZQ", "$6$"],
    ["yescrypt", "$y$j9T$saltsaltsalt$hashhashhashhash", "yescrypt"],
    ["Argon2", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "Argon2"],
    ["flawed bcrypt", `$2x$${HASH.slice(4)}`, "$2x$"],
    ["an LDAP scheme", "{PBKDF2}abcdefghijkl", "LDAP"],
    ["plain text", "hunter2-is-my-password", "plain text"],
    ["plain text that begins with a dollar", "$ecret$money", "plain text"],
    ["nothing", "", "no password hash"],
  ])("names %s, says how to mend it, and never repeats the value", (_, value, named) => {
    const { users, problems } = parse(`bob:${HASH}\nalice:${value}\n`);
    expect([...users.keys()]).toEqual(["bob"]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.where).toBe(`${PATH}:2`);
    expect(problems[0]?.what).toContain(named);
    expect(problems[0]?.what).toContain('"alice"');
    expect(problems[0]?.mend).toContain(`openclaw-edge user passwd alice --htpasswd ${PATH}`);
    if (value !== "") expect(JSON.stringify(problems)).not.toContain(value);
  });

  it("refuses a cost that would take minutes, and one that bcrypt does not have", () => {
    const withCost = (cost: string): string => `alice:$2y$${cost}$${HASH.slice(7)}`;
    for (const cost of ["04", "10", "17"]) expect(parse(withCost(cost)).problems).toEqual([]);
    for (const cost of ["18", "31"]) {
      const [problem] = parse(withCost(cost)).problems;
      expect(problem?.what).toContain(`is ${cost}; the highest that is taken is 17`);
      expect(problem?.mend).toContain("openclaw-edge user passwd alice");
    }
    for (const cost of ["00", "03", "32", "99", "1", "0x"]) expect(parse(withCost(cost)).problems[0]?.what).toContain("damaged");
  });

  it.each([
    ["one character short", HASH.slice(0, -1)],
    ["one character long", `${HASH}A`],
    ["a character outside bcrypt's alphabet", `${HASH.slice(0, -2)}_.`],
    ["spare bits in the salt, which no password can match", `${HASH.slice(0, 28)}/${HASH.slice(29)}`],
    ["spare bits in the digest", `${HASH.slice(0, 59)}/`],
    ["eaten by a shell's $-expansion", "$2y$.abc"],
  ])("names a damaged bcrypt hash: %s", (_, hash) => {
    const { users, problems } = parse(`alice:${hash}`);
    expect(users.size).toBe(0);
    expect(problems).toEqual([
      {
        where: `${PATH}:1`,
        what: expect.stringContaining('hash of "alice" is damaged'),
        mend: expect.stringContaining("openclaw-edge user passwd alice"),
      },
    ]);
  });

  it("never repeats a line that may be a password by itself", () => {
    const { problems } = parse(`hunter2\nmy secret,:${HASH}\n:${HASH}\n${"x".repeat(65)}:${HASH}`);
    expect(problems.map(({ where }) => where)).toEqual([1, 2, 3, 4].map((line) => `${PATH}:${line}`));
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|my secret|xxxx/);
    expect(problems[0]?.what).toContain("no colon");
    expect(problems[1]?.what).toContain("user name is not valid");
  });

  it("names the first line of a name that stands twice, even with the same hash", () => {
    const { problems } = parse(`alice:${HASH}\n# comment\nalice:${HASH}`);
    expect(problems).toEqual([{ where: `${PATH}:3`, what: '"alice" already stands on line 1.', mend: "Remove one of the two lines." }]);
  });

  it.each([
    ["empty", ""],
    ["only a BOM", "\uFEFF"],
    ["only comments", "# alice\n\n   \n#bob:x\n"],
  ])("is no good without a user: %s", (_, text) => {
    expect(parse(text).problems).toEqual([
      { where: PATH, what: "The users file holds no user.", mend: `Add one: openclaw-edge user add NAME --htpasswd ${PATH}` },
    ]);
  });

  it("says everything at once, and no more than 100 lines of it", () => {
    const { problems } = parse(Array.from({ length: 250 }, (_, index) => `user${index}:plain${index}`).join("\n"));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.what).toBe("150 more lines are wrong.");
  });

  it("gives a command that a shell takes when the path needs quotes", () => {
    const [problem] = parseHtpasswd("alice:x", "/my files/it's/users").problems;
    expect(problem?.mend).toContain(`openclaw-edge user passwd alice --htpasswd '/my files/it'\\''s/users'`);
  });
});

describe("a good users file", () => {
  it("may have CRLF, a BOM, comments, blank lines, spaces around, a comment after a second colon, and no last line end", () => {
    const text = `\uFEFF# users\r\n\r\nalice:${HASH}\r\n  bob:${HASH}  \n\t# more\ncarol:${HASH}:the admin\n\ndave:${HASH}`;
    const { users, problems } = parse(text);
    expect(problems).toEqual([]);
    expect([...users].map(([name, { line, hash }]) => [name, line, hash])).toEqual([
      ["alice", 3, HASH],
      ["bob", 4, HASH],
      ["carol", 6, HASH],
      ["dave", 8, HASH],
    ]);
    expect(users.get("alice")?.cost).toBe(4);
  });

  it("may hold $2a$, $2b$ and $2y$", () => {
    const { users, problems } = parse(["a", "b", "y"].map((version) => `user-${version}:$2${version}$${HASH.slice(4)}`).join("\n"));
    expect(problems).toEqual([]);
    expect(users.size).toBe(3);
  });

  it("keeps upper and lower case apart, and names that JavaScript objects are born with", () => {
    const { users, problems } = parse(
      ["alice", "Alice", "__proto__", "constructor", "toString"].map((name) => `${name}:${HASH}`).join("\n"),
    );
    expect(problems).toEqual([]);
    expect(users.size).toBe(5);
    expect(users.has("hasOwnProperty")).toBe(false);
  });

  it.skipIf(!hasHtpasswd())("is what Debian's htpasswd writes", () => {
    const line = execFileSync("htpasswd", ["-nbB", "-C", "5", "alice", "secret"], { encoding: "utf8" });
    expect(line).toContain("$2y$05$");
    const { users, problems } = parse(line);
    expect(problems).toEqual([]);
    expect(users.get("alice")?.cost).toBe(5);
  });

  it("of 100,000 users is read without holding the event loop for 20 ms", async () => {
    const text = Array.from({ length: 100_000 }, (_, index) => `user-with-a-longer-name-${index}:${HASH}`).join("\n");
    let size = 0;
    const stall = await shortestOf(5, 20, async () => {
      size = (await runInSlices(htpasswdSteps(text, PATH))).users.size;
    });
    expect(size).toBe(100_000);
    expect(stall).toBeLessThan(20);
  });
});

function hasHtpasswd(): boolean {
  try {
    execFileSync("htpasswd", ["-nbB", "-C", "4", "a", "b"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
