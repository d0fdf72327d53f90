import { describe, expect, it } from "vitest";

import { CORPUS } from "./corpus.ts";
import type { Row, Verdict } from "./corpus.ts";
import { disagreement } from "./differential/compare.ts";
import { NodeServer } from "./differential/node-server.ts";
import { readOurRequests } from "./differential/our-requests.ts";
import type { OurReading } from "./differential/reading.ts";
import { byteByByte, octets, quoted } from "./differential/reads.ts";

const NODE = new NodeServer({ upgrades: false });

describe.each(Object.entries(CORPUS))("%s", (_, rows) => {
  it.each(rows.map((row) => [title(row), row] as const))("%s", (_title, [text, verdict]) => {
    const bytes = octets(text);
    const reading = readOurRequests([bytes]);
    expect(summary(reading, verdict)).toEqual(expected(verdict));
    expect(readOurRequests(byteByByte(bytes)), "byte by byte it is the same").toEqual(reading);
    expect(disagreement(reading, NODE.read([bytes])), "node:http reads nothing else").toBeUndefined();
  });
});

it("The corpus holds no row twice, and at least 120", () => {
  const texts = Object.values(CORPUS).flatMap((rows) => rows.map(([text]) => text));
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.length).toBeGreaterThanOrEqual(120);
});

function title([text, verdict, source]: Row): string {
  const shown = quoted(octets(text)).replaceAll("%", "%%");
  const what = "refused" in verdict ? `refused with ${verdict.refused}` : "incomplete" in verdict ? "incomplete" : "accepted";
  return `${source}: ${shown.length > 120 ? `${shown.slice(0, 90)}…${shown.slice(-25)}` : shown} is ${what}`;
}

/** The reading, as far as the verdict asks for it. */
function summary({ requests, ending }: OurReading, verdict: Verdict): unknown {
  const [first] = requests;
  const error = ["between", "within", "last"].includes(ending) ? undefined : ending;
  if (first === undefined) return error === undefined ? { incomplete: true } : { refused: error };
  const { head } = first;
  const all: Record<string, unknown> = {
    ...{
      method: head.method,
      target: head.target,
      host: head.host,
      port: head.port,
      framing: head.framing.kind,
      body: first.body.toString("latin1"),
    },
    ...{ persistent: head.persistent, expectsContinue: head.expectsContinue, websocket: head.websocket },
  };
  const asked = "accepted" in verdict ? Object.keys(verdict.accepted) : [];
  const properties = Object.entries(all).filter(([name]) => asked.includes(name));
  return { accepted: { ...Object.fromEntries(properties), requests: requests.length, afterwards: error } };
}

function expected(verdict: Verdict): unknown {
  return "accepted" in verdict ? { accepted: { requests: 1, afterwards: undefined, ...verdict.accepted } } : verdict;
}
