import { PassThrough } from "node:stream";
import { expect, test } from "vitest";

import { ClientWriter } from "../../src/proxy/client-writer.ts";

/** All that was written. Since Node 26 `read` gives one piece at a time. */
function text(stream: PassThrough): string {
  let all = "";
  for (let piece = stream.read() as Buffer | null; piece !== null; piece = stream.read() as Buffer | null) all += piece.toString("latin1");
  return all;
}

test("what is written from memory that is used again is copied for a socket that sends by reference", () => {
  const socket = new PassThrough({ highWaterMark: 1_000_000 });
  const writer = new ClientWriter(socket);
  const shared = Buffer.from("first");
  writer.write(shared, 0, 5);
  shared.write("wrong");
  writer.begin().text("head;").bytes(shared, 0, 5).flush();
  writer.begin().text("again").flush();
  expect(text(socket)).toBe("firsthead;wrongagain");
});

test("a message larger than the common buffer is whole and in order", () => {
  const socket = new PassThrough({ highWaterMark: 10_000_000 });
  const writer = new ClientWriter(socket);
  const piece = Buffer.alloc(60_000, "b");
  writer.begin().text("a".repeat(20_000)).bytes(piece, 0, piece.length).bytes(piece, 0, piece.length).text("c").flush();
  expect(text(socket)).toBe(`${"a".repeat(20_000)}${"b".repeat(120_000)}c`);
  writer.begin().text("next").flush();
  expect(text(socket)).toBe("next");
});

test("a text that alone is larger than the common buffer is not cut: what followed it would be read as the rest of the head", () => {
  const socket = new PassThrough({ highWaterMark: 10_000_000 });
  const writer = new ClientWriter(socket);
  const head = `${"h".repeat(200_000)}end;`;
  writer.begin().text("before;").text(head).bytes(Buffer.from("body"), 0, 4).text(";after").flush();
  expect(text(socket)).toBe(`before;${head}body;after`);
  writer.begin().text(head).flush();
  expect(text(socket)).toBe(head);
});

test("nothing is never written: an empty write would break what a TLS socket is given by reference", () => {
  const socket = new PassThrough();
  const writer = new ClientWriter(socket);
  writer.write(Buffer.from("x"), 1, 1);
  writer.begin().flush();
  expect(socket.read()).toBeNull();
});
