import { expect, test } from "vitest";

import { decode } from "../../src/config/decode.ts";

function expose(...written: readonly string[]) {
  const decoding = decode({ domain: ["gateway.lan"], htpasswd: ["/users"], expose: written });
  return "problems" in decoding
    ? decoding.problems.map(({ where, what, mend }) => `${where}: ${what} ${mend}`)
    : decoding.settings.edge.expose;
}

test("nothing is open unless it is named", () => expect(expose()).toEqual([]));

test("names may stand in one value or in several, and count once", () => {
  expect(expose("share,hooks", "join")).toEqual(["share", "hooks", "join"]);
  expect(expose(" share , share", "share")).toEqual(["share"]);
});

test.each([
  ["shares", ['--expose: There is nothing named "shares" to open. Did you mean share?']],
  ["hook,joins", ['--expose: There is nothing named "hook", "joins". Did you mean hooks, join?']],
  [
    "",
    [
      expect.stringMatching(
        /^--expose: There is nothing named "" to open\. What can be opened: share, hooks, .*feishu\. openclaw-edge routes /,
      ),
    ],
  ],
  ["all", [expect.stringContaining("What can be opened")]],
  ["/", [expect.stringContaining('"/"')]],
  ["/tools/invoke", [expect.stringContaining("What can be opened")]],
  ["Share", [expect.stringContaining("Did you mean share?")]],
  ["__proto__", [expect.stringContaining('"__proto__"')]],
  ["share,,hooks", [expect.stringContaining('""')]],
])("%j is refused, with what was meant", (text, problems) => expect(expose(text)).toEqual(problems));
