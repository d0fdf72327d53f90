import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { closeFrame, FrameBoundary } from "../../src/proxy/websocket-frames.ts";

/** RFC 6455 §5.2, with the shortest length or a longer one, masked or not. */
function frame(length: number, size: 7 | 16 | 64, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0;
  const header = size === 7 ? [0x82, mask | length] : [0x82, mask | (size === 16 ? 126 : 127)];
  const extended = Buffer.alloc(size === 7 ? 0 : size / 8);
  if (size === 16) extended.writeUInt16BE(length);
  if (size === 64) extended.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([Buffer.from(header), extended, Buffer.alloc(masked ? 4 : 0, 0xff), Buffer.alloc(length, 0x81)]);
}

const frames = fc.array(
  fc.oneof(
    fc.tuple(fc.integer({ min: 0, max: 125 }), fc.constant(7 as const), fc.boolean()),
    fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.constantFrom(16 as const, 64 as const), fc.boolean()),
  ),
  { minLength: 1, maxLength: 6 },
);

describe("frame boundaries (RFC 6455 §5.2)", () => {
  test("are found wherever the stream is cut, and nowhere else", () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (list, cuts) => {
        const whole = list.map(([length, size, masked]) => frame(length, size, masked));
        const bytes = Buffer.concat(whole);
        const ends = new Set<number>([0]);
        let end = 0;
        for (const { length } of whole) ends.add((end += length));
        const boundary = new FrameBoundary();
        let offset = 0;
        for (let turn = 0; offset < bytes.length; turn++) {
          const next = Math.min(bytes.length, offset + (cuts[turn % cuts.length] as number));
          boundary.follow(bytes, offset, next);
          offset = next;
          expect(boundary.reached).toBe(ends.has(offset));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("firstIn finds the next one, from any place within a frame", () => {
    const whole = frame(300, 16, false);
    const next = frame(5, 7, false);
    const bytes = Buffer.concat([whole, next]);
    for (let cut = 1; cut < whole.length; cut++) {
      const boundary = new FrameBoundary();
      boundary.follow(bytes, 0, cut);
      expect(boundary.firstIn(bytes, cut, whole.length - 1)).toBe(cut === whole.length ? cut : -1);
    }
    const boundary = new FrameBoundary();
    boundary.follow(bytes, 0, 100);
    expect(boundary.firstIn(bytes, 100, bytes.length)).toBe(whole.length);
    expect(boundary.firstIn(bytes, whole.length, bytes.length)).toBe(whole.length);
  });
});

describe("a close frame (RFC 6455 §5.5.1)", () => {
  test("carries the code and the reason, unmasked", () => {
    expect(closeFrame(4001, "signed out")).toEqual(Buffer.from([0x88, 12, 0x0f, 0xa1, ...Buffer.from("signed out")]));
  });

  test("stays within the 125 octets of a control frame", () => {
    const bytes = closeFrame(1012, "x".repeat(500));
    expect([bytes.length, bytes[1]]).toEqual([127, 125]);
  });
});
