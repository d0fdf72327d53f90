import { write, writeSync } from "node:fs";

import { LONGEST_LINE } from "./access.ts";
import { LineWriter } from "./line.ts";

export interface Destination {
  /** Takes whole lines. Never throws and never waits. */
  write(lines: string): void;
  /** The same for a line of at most `LONGEST_LINE` octets that is written straight into the destination's memory. */
  line(write: (line: LineWriter) => void): void;
  /** Writes out what is buffered, now; gives up on a reader that takes nothing. */
  flush(): void;
}

export interface DestinationOptions {
  /** Characters gathered before they are written. */
  readonly buffer: number;
  /** The line that says how many lines were dropped. */
  readonly dropped: (count: number) => string;
}

/** Milliseconds after which lines are written however few they are: the longest wait of somebody who follows the log. */
const LONGEST_WAIT = 500;
/** Characters kept for a reader that has stopped reading. What comes beyond them is dropped and counted. */
const MOST_PENDING = 16 * 1_048_576;
/**
 * Octets of the block that lines are written into as they come. Kept as one growing text they would take five times their length, and
 * turning that into octets later costs more than the lines themselves.
 */
const BLOCK = 131_072;
/** Milliseconds between two attempts at a full pipe, and how many are made when the process wants to end. */
const RETRY = 10;
const LAST_RETRIES = 50;

const open = new Set<Destination>();
process.on("exit", () => {
  for (const destination of open) destination.flush();
});

/**
 * A buffered file descriptor for a log that must never stop the process. Our own because sonic-boom 4.2.1 (pino's)
 * repeats a synchronous flush for ever once the reader has gone (EPIPE): the process could neither serve nor exit.
 */
export function openDestination(descriptor: number, { buffer, dropped }: DestinationOptions): Destination {
  const block = new LineWriter(BLOCK);
  /** Copies of blocks that wait behind the one in flight, and their octets. */
  const waiting: Buffer[] = [];
  let pending = 0;
  let inFlight: Buffer | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lost = 0;
  let broken = false;

  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    if (inFlight !== undefined) return;
    if (waiting.length === 0) pack();
    const next = waiting.shift();
    if (next === undefined) return;
    pending -= next.length;
    proceed(next);
  }

  /** Puts what the block holds, and what has to be said of lines that were dropped, behind what waits. */
  function pack(): void {
    if (block.length > 0) wait(Buffer.from(block.bytes.subarray(0, block.length)));
    block.length = 0;
    if (lost > 0) wait(Buffer.from(dropped(lost)));
    lost = 0;
  }

  function wait(bytes: Buffer): void {
    waiting.push(bytes);
    pending += bytes.length;
  }

  function proceed(bytes: Buffer): void {
    inFlight = bytes;
    write(descriptor, bytes, (error, count) => {
      if (error !== null && error.code !== "EAGAIN") return abandon();
      const rest = bytes.subarray(error === null ? count : 0);
      if (rest.length === 0) {
        inFlight = undefined;
        if (waiting.length > 0 || block.length >= buffer) begin();
        else if (block.length > 0 || lost > 0) arm();
      } else if (error === null) proceed(rest);
      else setTimeout(proceed, RETRY, rest).unref();
    });
  }

  /** Nobody reads any more, and there is no place left to say so. */
  function abandon(): void {
    [broken, inFlight] = [true, undefined];
    waiting.length = pending = block.length = 0;
    open.delete(destination);
  }

  const arm = (): void => {
    timer ??= setTimeout(begin, LONGEST_WAIT).unref();
  };

  /** Makes room in the block; false when what waits has reached its bound. */
  function hasRoom(octets: number): boolean {
    if (pending + block.length + octets > MOST_PENDING) return false;
    if (block.length + octets > BLOCK) pack();
    return true;
  }

  function written(): void {
    if (inFlight === undefined && pending + block.length >= buffer) begin();
    else arm();
  }

  const destination: Destination = {
    write(lines) {
      if (broken) return;
      // UTF-8 takes at most three octets for a UTF-16 unit.
      if (!hasRoom(3 * lines.length)) return void lost++;
      if (3 * lines.length > BLOCK) wait(Buffer.from(lines));
      else block.length += block.bytes.write(lines, block.length);
      written();
    },
    line(write) {
      if (broken) return;
      if (!hasRoom(LONGEST_LINE)) return void lost++;
      write(block);
      written();
    },
    flush() {
      if (broken) return;
      pack();
      if (waiting.length === 0) return;
      // A write that is under way runs in another thread: a moment is all it needs to be the first.
      if (inFlight !== undefined) sleep(RETRY);
      let bytes = Buffer.concat(waiting.splice(0));
      pending = 0;
      for (let retries = 0; bytes.length > 0 && retries < LAST_RETRIES;) {
        try {
          bytes = bytes.subarray(writeSync(descriptor, bytes));
        } catch (error) {
          if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return abandon();
          retries++;
          sleep(RETRY);
        }
      }
    },
  };
  open.add(destination);
  return destination;
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
