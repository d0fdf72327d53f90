import { expect, test } from "vitest";

import { STYLE } from "../../src/pages/style.ts";

/** The colours by name, of the light scheme and of the dark one. */
const [light = {}, dark = {}] = [...STYLE.matchAll(/:root\{(?:color-scheme:light dark;)?(--[^}]+)\}/g)].map(([, text = ""]) =>
  Object.fromEntries(text.split(";").map((each) => each.slice(2).split(":") as [string, string])),
);

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const digits = colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit) : (colour.slice(1).match(/../g) ?? []);
  const [red = 0, green = 0, blue = 0] = digits.map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one = "", other = ""): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

test.each<readonly [string, string, string, number]>([
  // [what, its colour, what it stands on, the least contrast]
  ["text", "ink", "card", 7],
  ["text in a box", "ink", "wash", 7],
  ["a notice", "ink", "code", 7],
  ["a remark", "soft", "card", 4.5],
  ["a button's word", "on", "accent", 4.5],
  ["a button's word under the pointer", "on", "deep", 4.5],
  ["a failure, a box's heading, a link in a box", "deep", "wash", 4.5],
  ["a link", "accent", "card", 4.5],
  ["a field's border", "edge", "card", 3],
  ["the focus", "accent", "card", 3],
])("%s can be read in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11)", (_, colour, ground, least) => {
  for (const scheme of [light, dark]) expect(contrast(scheme[colour], scheme[ground])).toBeGreaterThanOrEqual(least);
});

test("a link in a box has the colour that can be read there", () => {
  expect(STYLE).toContain("section a{color:var(--deep)}");
});
