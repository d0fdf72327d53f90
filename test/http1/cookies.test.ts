import { expect, test } from "vitest";

import { cookieValues, onlyCookie } from "../../src/http1/cookies.ts";
import { Fields } from "../../src/http1/fields.ts";

const NAME = "__Host-openclaw-edge";

function fields(...cookies: readonly string[]): Fields {
  const made = new Fields();
  for (const cookie of cookies) made.push("Cookie", "cookie", cookie);
  return made;
}

test.each([
  ["a weaker prefix", "__Secure-openclaw-edge=x"],
  ["no prefix", "openclaw-edge=x"],
  ["another case: names are case-sensitive (RFC 6265 §5.3)", "__host-openclaw-edge=x"],
  ["a longer name", "__Host-openclaw-edge-device=x"],
  ["the name inside another cookie's value", "theme=__Host-openclaw-edge=x"],
  ["the name at a value's end", "a=b __Host-openclaw-edge=x"],
  ["no name at all, which Chromium once wrote as its value alone", "__Host-openclaw-edge"],
  ["an empty name before it", "=__Host-openclaw-edge=x"],
  ["a blank that is none before it, which a sub-domain may set: the name has no prefix then", "\xa0__Host-openclaw-edge=x"],
  ["the same behind it", "__Host-openclaw-edge\xa0=x"],
])("attack: %s is not the edge's cookie", (_, cookie) => {
  expect(cookieValues(fields(cookie), NAME)).toEqual([]);
  expect(cookieValues(fields(`a=1; ${cookie}; b=2`), NAME)).toEqual([]);
});

test("attack: of two, in one line or in two, none is the only one", () => {
  expect(onlyCookie(fields(`${NAME}=first; ${NAME}=second`), NAME)).toBeUndefined();
  expect(onlyCookie(fields(`${NAME}=first`, `${NAME}=second`), NAME)).toBeUndefined();
  expect(onlyCookie(fields(`${NAME}=same; ${NAME}=same`), NAME)).toBeUndefined();
});

test.each([
  [`${NAME}=value`],
  [`a=1; ${NAME}=value`],
  [`a=1;${NAME}=value;b=2`],
  [`a; b=${NAME}; ${NAME}=value`],
  [`theme=x${NAME}=y; ${NAME} = value `],
])("its value is found in: %s", (cookie) => {
  expect(onlyCookie(fields(cookie), NAME)).toBe("value");
});

test("a value keeps its equals signs and quotes as sent", () => {
  expect(cookieValues(fields(`${NAME}="a=b="`), NAME)).toEqual([`"a=b="`]);
});
