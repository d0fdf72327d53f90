import { expect, test } from "vitest";

import { nearest } from "../../src/config/nearest.ts";
import { OPTIONS } from "../../src/config/options.ts";

const FLAGS = Object.values(OPTIONS).map(({ flag }) => flag);

test.each([
  ["htpaswd", "htpasswd"],
  ["domian", "domain"],
  ["domains", "domain"],
  ["hots", "host"],
  ["idle", "idle-timeout"],
  ["httpsPort", "https-port"],
  ["https_port", "https-port"],
  ["HTTPS-PORT", "https-port"],
  ["port", undefined],
  ["zzzzzz", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("the nearest option to %.20s is %s", (word, expected) => expect(nearest(word, FLAGS)).toBe(expected));
